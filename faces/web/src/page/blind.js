// Blind trials: X is one of two systems, drawn anew for each trial.
export class Blind {
  constructor() { this.on = false; }

  begin(pair) {
    Object.assign(this, { on: true, pair, right: 0, trials: 0 });
    this.draw();
  }
  end() { this.on = false; }
  draw() { this.x = crypto.getRandomValues(new Uint8Array(1))[0] & 1; }

  // The system behind "a", "b" or "x".
  behind(which) { return this.pair[which === "x" ? this.x : Number(which === "b")]; }

  answer(n) {
    this.trials++;
    this.right += Number(n === this.x);
    this.draw();
  }

  words(name) {
    const { right, trials, pair } = this;
    const who = `A is ${name(pair[0])}, B is ${name(pair[1])}. `;
    if (!trials) return `${who}Listen to A, B and X, then say which X is.`;
    return `${who}${right} of ${trials} right; by guessing alone one is as good in ${(100 * chance(right, trials)).toFixed(1)} % of cases.`;
  }
}

// The probability of at least `right` of `trials` by guessing.
function chance(right, trials) {
  let [term, sum] = [0.5 ** trials, 0];
  for (let k = 0; k <= trials; k++) { if (k >= right) sum += term; term *= (trials - k) / (k + 1); }
  return Math.min(1, sum);
}
