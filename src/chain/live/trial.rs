//! Blind trials: which of two systems is A, B and X, and what the answers prove.

use crate::signal::random::Random;

/// Who is heard in a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// One of both.
    A,
    /// The other.
    B,
    /// A or B, nobody says which.
    X,
}

/// Two things under the names A and B, and X that is one of them, anew for each question.
#[derive(Clone, Debug)]
pub struct Trial<T> {
    pair: [T; 2],
    random: Random,
    x_is_b: bool,
    /// Right answers and all answers.
    pub answers: [u32; 2],
}

impl<T: Clone> Trial<T> {
    /// Draws from a seed which is A; the same seed draws the same.
    pub fn new(one: T, other: T, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let pair = if random.unit() < 0.5 { [one, other] } else { [other, one] };
        let x_is_b = random.unit() < 0.5;
        Trial { pair, random, x_is_b, answers: [0, 0] }
    }

    /// What plays on a button.
    pub fn on(&self, button: Button) -> &T {
        let second = button == Button::B || (button == Button::X && self.x_is_b);
        &self.pair[usize::from(second)]
    }

    /// Somebody says that X is B, or that it is A; whether that is right. X is drawn anew.
    pub fn answer(&mut self, x_is_b: bool) -> bool {
        let right = x_is_b == self.x_is_b;
        self.answers[0] += u32::from(right);
        self.answers[1] += 1;
        self.x_is_b = self.random.unit() < 0.5;
        right
    }

    /// The chance of at least so many right answers by guessing, 0…1.
    pub fn chance(&self) -> f64 {
        let [right, all] = self.answers;
        // Of all the answers that coins would give, those with so many heads; term by term from C(all, 0).
        let mut term = 0.5f64.powi(all as i32);
        let mut sum = 0.0;
        for heads in 0..=all {
            if heads >= right {
                sum += term;
            }
            term *= f64::from(all - heads) / f64::from(heads + 1);
        }
        sum.min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x_is_one_of_both_and_knowing_it_is_told_from_guessing() {
        let mut trial = Trial::new("car", "phone", 5);
        assert_ne!(trial.on(Button::A), trial.on(Button::B));
        assert_eq!(trial.chance(), 1.0);
        for _ in 0..10 {
            let x_is_b = trial.on(Button::X) == trial.on(Button::B);
            assert!(trial.answer(x_is_b));
        }
        assert_eq!(trial.answers, [10, 10]);
        assert!((trial.chance() - 1.0 / 1_024.0).abs() < 1e-12);
        let x_is_b = trial.on(Button::X) == trial.on(Button::B);
        assert!(!trial.answer(!x_is_b));
        // 11 of 11 and 10 of 11: 12 / 2048.
        assert!((trial.chance() - 12.0 / 2_048.0).abs() < 1e-12);
    }

    #[test]
    fn seeds_draw_both_orders_and_both_answers() {
        let orders: Vec<bool> = (0..40).map(|seed| *Trial::new(1, 2, seed).on(Button::A) == 1).collect();
        assert!(orders.contains(&true) && orders.contains(&false));
        let mut trial = Trial::new(1, 2, 0);
        for _ in 0..200 {
            trial.answer(true);
        }
        assert!((70..130).contains(&trial.answers[0]), "{:?}", trial.answers);
    }
}
