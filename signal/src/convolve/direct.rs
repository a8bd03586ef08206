//! Convolution by its definition, in `f64`: slow, obvious, and the judge of the others.

/// `input * response`, of length `input + response − 1`; empty if either is.
pub fn direct(input: &[f32], response: &[f32]) -> Vec<f64> {
    if input.is_empty() || response.is_empty() {
        return Vec::new();
    }
    let mut output = vec![0.0; input.len() + response.len() - 1];
    for (n, &x) in input.iter().enumerate() {
        for (y, &h) in output[n..].iter_mut().zip(response) {
            *y += f64::from(x) * f64::from(h);
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!(direct(&[1.0, 2.0, 0.0, -1.0], &[3.0, 0.5]), [3.0, 6.5, 1.0, -3.0, -0.5]);
        assert!(direct(&[], &[1.0]).is_empty());
    }
}
