#!/usr/bin/env python3
"""Reference for the statistical part of `farfield check`: what one pass has measured -> findings, kind by kind.

judge(measured, model) -> {kind: (severity, amount, unit, band_hz, start_s, end_s)}
measured: cells [T,60,3] (LL, RR, Re LR per 0.1 s and sixth octave), env [N,7] (mid power per 10 ms and octave),
dc[2], rms[2], true_peak_db, runs (clipped runs), duration_s.    model: tomllib.load(model.toml)
Severity: 0.3 at `warn`, 1 at `critical`, a ramp from `zero` below (squared for the model kinds: a small t is hardly evidence). All arithmetic in double.
"""
import numpy as np
NB = 60
C = 20 * 2 ** ((np.arange(NB) + .5) / 6)                 # sixth-octave centres
C3 = 20 * 2 ** ((np.arange(30) + .5) / 3)                # third-octave centres (pairs of bands)
MID = slice(7, 24)                                       # 113 Hz - 4.6 kHz: what levels are relative to
KEEP = slice(1, 29)                                      # 28 Hz - 14.4 kHz: what the model knows
GROUPS = [(1, 5), (5, 9), (9, 13), (13, 17), (17, 21), (21, 25), (25, 29)]
lg = lambda x: 10 * np.log10(x)


def f3(x):  # sixth -> third octaves
    return x.reshape(*x.shape[:-1], 30, 2).sum(-1)


def severity(x, zero, warn, critical, curve=1, cap=1.):
    if x <= zero: return 0.
    if x < warn: return .3 * ((x - zero) / (warn - zero)) ** curve
    return min(cap, .3 + .7 * (x - warn) / (critical - warn))


# ---------------------------------------------------------------- features
def active(cells):
    P = f3(cells[..., 0] + cells[..., 1])[:, 4:].sum(1)
    return P > P.mean() * 10 ** -1.5


def spectrum(cells):
    """y (28 third octaves, dB re their mean 113 Hz - 4.6 kHz) and what EQ does not change (7 groups each)."""
    a = active(cells); c = cells[a].astype(float)
    P = f3(c[..., 0] + c[..., 1]); scale = P.sum(1).mean(); P = P / scale + 10 ** -7.5
    dB = lg(P); m = lg(P.mean(0)); d = np.maximum(dB, m - 45).mean(0)
    y = .5 * (m + d); y = y - y[MID].mean()
    p50 = np.median(dB, 0) - m
    L, R, X = (f3(c[..., i]).mean(0) for i in range(3))
    rho = np.clip(X / np.sqrt(L * R + 1e-12 * (L + R) ** 2 + 1e-30), -1, 1)
    flux = np.sqrt((np.diff(np.maximum(dB, m - 40), axis=0) ** 2).mean(0)) if len(dB) > 1 else 0 * m
    P6 = lg((c[..., 0] + c[..., 1]) / scale + 10 ** -7.5)
    rough = np.abs(P6[:, 1:-1] - .5 * (P6[:, 2:] + P6[:, :-2])).mean(0); rough = np.concatenate([rough[:1], rough, rough[-1:]])
    rough = .5 * (rough[0::2] + rough[1::2])
    g = lambda v: np.array([v[i:j].mean() for i, j in GROUPS])
    return y[KEEP], np.concatenate([g(p50), g(rho), g(flux), g(rough)])


BOOM = slice(3, 27)                                      # 30 - 424 Hz, sixth octaves


def low_spectrum(cells):
    c = cells.astype(float); P = (c[..., 0] + c[..., 1])[:, BOOM]; t = P.sum(1); P = P[t > t.mean() * 1e-2]
    dB = lg(P / t.mean() + 1e-9); dB = np.maximum(dB, dB.max(0) - 60); v = dB.mean(0)
    return v - v.mean()


def coherence(cells):
    e = cells.astype(float).mean(0); L, R, X = f3(e[:, 0]), f3(e[:, 1]), f3(e[:, 2])
    return np.arctanh(np.clip(X / np.sqrt(L * R + 1e-12 * (L + R) ** 2 + 1e-30), -.98, .98))[2:28]


ENV_GROUPS = [(1, 3), (3, 5), (5, 7)]                    # 250+500, 1k+2k, 4k+8k Hz
COH_GROUPS = [(27, 36), (36, 45), (45, 54)]              # 0.45-1.3k, 1.3-3.6k, 3.6-10k Hz
WINDOWS = (5, 10, 25, 50)                                # 50 ms ... 0.5 s


def decay(cells, env):
    out = []
    for a, b in ENV_GROUPS:
        p = env[:, a:b].astype(float).sum(1); d = lg(p + p.mean() * 1e-6 + 1e-14); s = np.convolve(d, np.ones(3) / 3, 'same')
        for w in WINDOWS:
            sl = (s[w:] - s[:-w]) / (w * .01); q = np.percentile(sl, [2, 10, 90, 98])
            out += list(np.log(np.maximum([-q[0], -q[1], q[2], q[3]], 1)))
        m = np.sqrt(p[:len(p) // 400 * 400].reshape(-1, 400)); M = (np.abs(np.fft.rfft(m, axis=1)) ** 2).mean(0); f = np.arange(201) * .25
        out += [.5 * np.log(M[(f >= lo) & (f < 2 * lo)].sum() / (M[0] + 1e-30) + 1e-8) for lo in (1, 2, 4, 8)]
        w = np.percentile(d[:len(d) // 100 * 100].reshape(-1, 100), [5, 50], axis=1); out.append(np.percentile(w[1] - w[0], 80) / 10)
    z = lambda v: np.arctanh(np.clip(v[2] / np.sqrt(v[0] * v[1] + 1e-30), -.97, .97))
    for a, b in COH_GROUPS:
        e = cells[:, a:b].astype(float).sum(1); e = e + [e.mean() * 1e-9, e.mean() * 1e-9, 0]; d = lg(e[:, 0] + e[:, 1]); ch = np.zeros(len(d)); ch[1:-1] = d[2:] - d[:-2]
        lo, hi = np.percentile(ch, [25, 75]); q = np.percentile(d, [25, 75])
        out += [z(e.sum(0)), z(e[ch <= lo].sum(0)) - z(e[ch >= hi].sum(0)), z(e[d <= q[0]].sum(0)) - z(e[d >= q[1]].sum(0))]
    return np.array(out)


# ---------------------------------------------------------------- the Gaussian model
class Gauss:
    """mu, the lower triangle of Sigma row by row, and nu: a multivariate t is what finished music looks like."""
    def __init__(self, t):
        self.mu = np.array(t['mu'], float); d = len(self.mu); self.nu = t['nu']; S = np.zeros((d, d)); S[np.tril_indices(d)] = t['sigma']
        S = S + S.T - np.diag(np.diag(S)); self.inv = np.linalg.inv(S)

    def fit(self, x, patterns):
        """Per pattern (rows, the rest zero): a = amount in units of the pattern, z = a / sigma_a, t = z by the song's own spread."""
        r = x - self.mu; P = np.zeros((len(patterns), len(r))); P[:, :np.shape(patterns)[1]] = patterns
        B = P @ self.inv; q = (B * P).sum(1); a = (B @ r) / q; z = a * np.sqrt(q); m2 = r @ self.inv @ r
        return a, z, z / np.sqrt((self.nu + np.maximum(m2 - z * z, 0)) / (self.nu + len(r) - 1)), q, m2


def bell(f0, w, f=C3): return np.exp(-.5 * (np.log2(f / f0) / w) ** 2)
def low_shelf(f0, s): return 1 / (1 + (C3 / f0) ** (1 / s))
def over_mid(p): return (p - p[MID].mean())[KEEP]


TAU2 = 36.                                               # prior of a fault's size: 6 dB; what is shown is the posterior mean
FAMILIES = {   # per dB of the fault; deliberately broad and off the beaten frequencies
    'bass-excess': ([low_shelf(70, .4), low_shelf(105, .4)], (20, 110)),
    'bass-lost': ([-(bell(130, .6) + bell(260, .6) + .5 * bell(420, .5)), -(bell(110, .5) + bell(220, .6))], (90, 500)),
    'mud': ([bell(240, .6), bell(350, .6)], (160, 500)),
    'lead-masked': ([-bell(1300, .6), -bell(2000, .6)], (800, 3200)),
    'harsh': ([bell(2700, .55), bell(3700, .55)], (2000, 5000)),
    'sibilant': ([bell(6300, .4), bell(7700, .4)], (5000, 9500)),
    'dull': ([low_shelf(3700, .5) - 1, low_shelf(5800, .5) - 1], (4000, 16000)),
}


def decay_names():
    n = []
    for g in range(3): n += [f'{k}{w}' for w in WINDOWS for k in ('f2_', 'f10_', 'r10_', 'r2_')] + ['m1', 'm2', 'm4', 'm8', 'q80']
    return n + ['rho', 'rfr', 'rlh'] * 3


DECAY_USED = [i for i, k in enumerate(decay_names()) if k in ('f2_5', 'f2_10', 'f2_25', 'f2_50', 'f10_10', 'f10_25', 'r2_10', 'r2_25', 'rho', 'rfr', 'rlh')]
SPECTRUM_USED = np.r_[0:14, 21:28]                       # p50, rho, rough (flux is left out)

# ---------------------------------------------------------------- physics
K = lambda f: ((f / 38.1) ** 4 / (1 + (f / 38.1) ** 2) ** 2) * (1 + 1.512 * (f / 1682) ** 4 / (1 + (f / 1682) ** 4))   # K weighting, power
A = lambda f: (12194 ** 2 * f ** 4 / ((f * f + 20.6 ** 2) * np.sqrt((f * f + 107.7 ** 2) * (f * f + 737.9 ** 2)) * (f * f + 12194 ** 2))) ** 2 * 10 ** .2
KW, AW = K(C), A(C)
CAR = (np.array([31.5, 63, 125, 250, 500, 1000, 2000, 4000, 8000]), np.array([92, 86, 76, 69, 64, 60, 54, 47, 40.]))   # 100 km/h, octaves, dB SPL
NOISE = 10 ** ((np.interp(np.log2(C), np.log2(CAR[0]), CAR[1]) - lg(6)) / 10)
ILD_F, ILD_MAX = np.array([20, 125, 250, 400, 500, 630, 800, 1000, 1250, 2000]), np.array([1.5, 2.3, 3.6, 4.3, 4.5, 7.7, 7.5, 10.5, 13.7, 23.5])


def mono(cells, g):
    e = cells.astype(float).mean(0); P = e[:, 0] + e[:, 1]; M = np.maximum((P + 2 * e[:, 2]) / 2, 1e-4 * P)
    q = (P * KW + 1e-15 * P.sum()) ** .3; q = q / q.sum(); loss = -lg((M + 1e-30) / (P + 1e-30)); f = (q * np.maximum(loss - 3, 0)).sum()
    z = coherence(cells); r = z - g.mu; q0 = r @ g.inv @ r
    ranges = [(a, b) for a in range(26) for b in range(a + 3, 27)]; Y = np.tile(z, (len(ranges), 1))
    for i, (a, b) in enumerate(ranges): Y[i, a:b] *= -1      # would the song be likelier with this range's polarity turned?
    Y -= g.mu; v = .5 * (q0 - ((Y @ g.inv) * Y).sum(1)); best = v.max(); a, b = ranges[int(v.argmax())]; worst = 2 * (2 + a), 2 * (2 + b)
    if best <= 0: i = int(np.argmax(np.convolve(q * np.maximum(loss, 0), np.ones(6), 'valid'))); worst = i, i + 6
    s = slice(*worst); amount = -lg((M[s] * KW[s]).sum() / (P[s] * KW[s]).sum())
    return best + 2 * f, amount, (C[worst[0]] / 2 ** (1 / 12), C[worst[1] - 1] * 2 ** (1 / 12))


def imbalance(cells):
    """Signed dB, right over left: loudness-weighted mean over bands, held back by the total and by where mono sounds sit."""
    c = cells.astype(float); e = (c[..., :2] * KW[:, None]).sum((0, 1)); total = lg((e[1] + 1e-15) / (e[0] + 1e-15))
    b = (C > 100) & (C < 8000); m = c[:, b].mean(0); q = ((m[:, 0] + m[:, 1]) * KW[b]) ** .2
    bands = (q * np.clip(lg((m[:, 1] + 1e-15) / (m[:, 0] + 1e-15)), -12, 12)).sum() / (q.sum() + 1e-30)
    c = c[:, (C > 60) & (C < 8000)]; t = c[..., :2].sum((1, 2)); L, R, X = np.moveaxis(c[t > t.mean() * 1e-2], -1, 0)
    d = lg((R + 1e-15) / (L + 1e-15)); w = np.clip((L + R) / ((L + R).mean(0) + 1e-30), 0, 1) * np.maximum(X / np.sqrt(L * R + 1e-30), 0) ** 4
    h, _ = np.histogram(d, bins=np.arange(-20.25, 20.3, .5), weights=w); h = np.convolve(h, np.exp(-.5 * (np.arange(-6, 7) * .5 / .75) ** 2), 'same'); mode = -20 + .5 * h.argmax()
    return np.sign(bands) * .5 * (abs(bands) + min(abs(total), abs(bands), abs(mode)))


def image(cells):
    b = (C > 80) & (C < 1250); t = cells[..., :2].sum((1, 2)); e = cells[t > t.mean() * .03][:, b].astype(float); L, R = e[..., 0], e[..., 1]
    q = ((L + R) * KW[b] + 1e-15) ** .3; lim = np.interp(np.log2(C[b]), np.log2(ILD_F), ILD_MAX) + 6
    over = np.abs(lg((L + 1e-14) / (R + 1e-14))) > lim
    return (q * over).sum() / (q.sum() + 1e-30)


def quiet(cells, at_db_a=78., window=10, alpha=.25):
    """Share of the time in which a car at 100 km/h leaves less than a tenth to a fifth of the loudness; worst span."""
    P = cells[..., :2].sum(2).astype(float); n = len(P) // window
    if n < 4: return 0., 0, len(P) * .1
    P = P[:n * window].reshape(n, window, NB).mean(1); a = (P * AW).sum(1)
    if a.max() <= 0: return 0., 0, n * window * .1
    ref = a[a > a.mean() * .1].mean(); P = P * 10 ** (at_db_a / 10) / ref; lev = lg(a / ref + 1e-12); on = lev > -45
    i = np.flatnonzero(lev > -12); on[:i[0]] = False; on[i[-1] + 1:] = False          # fades are not lost passages
    r = ((P + NOISE) ** alpha - NOISE ** alpha).sum(1) / np.maximum((P ** alpha).sum(1), 1e-30)
    x = np.where(on, np.clip((.2 - r) / .1, 0, 1), 0); best = run = 0; start = end = s = 0
    for k in range(n):
        if x[k] > .5:
            if run == 0: s = k
            run += 1
            if run > best: best, start, end = run, s, k + 1
        else: run = 0
    return x.sum() / max(on.sum(), 1), start * window * .1, end * window * .1


def rumble(cells):
    P = (cells[..., 0] + cells[..., 1]).astype(float).mean(0)
    return lg((P[C < 28].sum() + 1e-15 * P.sum()) / (P[(C > 35) & (C < 120)].sum() + 1e-12 * P.sum()))


def worst_span(cells, pattern):
    """Ten-second windows, each second: where the pattern stands out most above the song's own mean, and how far around."""
    P = f3((cells[..., 0] + cells[..., 1]).astype(float)); T = len(P); w = 100
    if T <= 2 * w: return 0., T * .1
    cum = np.concatenate([np.zeros((1, 30)), np.cumsum(P, 0)]); at = np.arange(0, T - w + 1, 10); L = lg((cum[at + w] - cum[at]) / w + 1e-9 * P.mean(0) + 1e-30)
    L = L - L[:, MID].mean(1, keepdims=True); L = L - L.mean(0); e = L[:, KEEP] @ pattern / (pattern @ pattern); k = int(e.argmax()); lo = hi = k
    while lo > 0 and e[lo - 1] > .5 * e[k]: lo -= 1
    while hi < len(e) - 1 and e[hi + 1] > .5 * e[k]: hi += 1
    return (0., T * .1) if e[k] < 1 else (at[lo] * .1, (at[hi] + w) * .1)


def judge(m, model, headphone=None):
    cells, env, t = m['cells'], m['env'], model['thresholds']; end = m['duration_s']; out = {}
    g = {k: v if isinstance(v, Gauss) else Gauss(v) for k, v in model['gauss'].items()}
    def put(kind, x, amount, unit, band, start=0., stop=None):
        m.setdefault('raw', {})[kind] = float(x); th = t[kind]; s = severity(x, **th); out[kind] = (s, float(amount), unit, tuple(float(b) for b in band), float(start), float(end if stop is None else stop))
    rms = np.asarray(m['rms'], float); total = (cells[..., 0] + cells[..., 1]).sum()
    if m['dc'] is not None: put('dc-offset', np.abs(m['dc']).max(), np.abs(m['dc']).max() * 100, '% of full scale', (0, 20))
    put('clipped', np.log10(m['runs'] / max(m['duration_s'], 1e-3) + 1e-6), m['runs'] / max(m['duration_s'], 1e-3), 'runs/s', (20, 20000))
    put('true-peak', m['true_peak_db'], m['true_peak_db'], 'dBTP', (20, 20000))
    if total <= 0 or len(cells) < 20: return out
    silent = rms.max() > 1e-4 and rms.min() < rms.max() * 1e-2
    out['silent-channel'] = (1. if silent else 0., float(20 * np.log10(rms.min() / rms.max() + 1e-9)), 'dB', (20., 20000.), 0., float(end))
    im = imbalance(cells); put('imbalance', abs(im), im, 'dB', (100, 8000))
    put('rumble', rumble(cells), rumble(cells), 'dB', (20, 28))
    if not silent:
        s, a, b = mono(cells, g['coherence']); put('mono-loss', s, a, 'dB', b)
        e = (cells.astype(float) * KW[:, None]).sum((0, 1)); rho = e[2] / np.sqrt(e[0] * e[1] + 1e-30); put('polarity', -rho, rho, 'correlation', (20, 20000))
        put('image-exaggerated', image(cells), 100 * image(cells), '% of loudness', (80, 1250))
    x, a, b = quiet(cells); put('quiet-lost', x, 100 * x, '% of time', (20, 20000), a, b if x > 0 else None)
    y, inv = spectrum(cells); v = np.concatenate([y, inv[SPECTRUM_USED]])
    z = coherence(cells); share = lambda z: lg(.5 * (1 + np.maximum(np.tanh(z), 0)))
    more = np.zeros(30); more[2:28] = share(z) - share(g['coherence'].mu); more[:2], more[28:] = more[2], more[27]   # the middle, against the usual one
    middle = np.concatenate([y + (more - more[MID].mean())[KEEP], inv[SPECTRUM_USED]])
    for kind, (family, band) in FAMILIES.items():
        x = middle if kind == 'lead-masked' else v
        P = np.array([over_mid(p) for p in family]); a, z, tz, q, m2 = g['spectrum'].fit(x, P); k = int(tz.argmax()); put(kind, tz[k], a[k] * TAU2 / (TAU2 + 1 / q[k]), 'dB', band, *worst_span(cells, P[k]))
    if (cells[:, BOOM, :2].sum() > 1e-7 * total): low = low_spectrum(cells)
    else: low = g['low'].mu                                # nothing down there
    f = C[(C > 40) & (C < 165)]; P = np.array([bell(f0, .16, C[BOOM]) for f0 in f]); P = P - P.mean(1, keepdims=True)
    a, z, tz, q, m2 = g['low'].fit(low, P); k = int(a.argmax()); put('boom', a[k], a[k] * TAU2 / (TAU2 + 1 / q[k]), 'dB', (f[k] * 2 ** -.25, f[k] * 2 ** .25))
    d = decay(cells, env)[DECAY_USED]; a, z, tz, *_ = g['decay'].fit(d, [model['gauss']['decay']['wet'] if not isinstance(model['gauss']['decay'], Gauss) else model['wet']])
    put('too-wet', tz[0], a[0], 'x the reference reverb', (350, 11000)); put('too-dry', -tz[0], a[0], 'x the reference reverb', (350, 11000))
    # a correction left in: posterior over the catalogue, t likelihood, prior by how much the model is used for mixing
    ph = g['printed']; C_ = model['catalog']; P = C_['patterns']; a, z, tz, q, m2 = ph.fit(y, P); kk = (ph.nu + len(y)) / (ph.nu + m2)
    l = kk * (a * q - .5 * q) + np.where(np.array(C_['names']) == headphone, 3., C_['prior']); k = int(l.argmax())
    put('printed-correction', l[k], a[k], 'x the correction for ' + C_['names'][k], (28, 14400))
    return out


POPULAR = """sony/mdr_7506 audio_technica/ath_m50x audio_technica/ath_m40x beyerdynamic/dt_770_pro beyerdynamic/dt_770_pro_80_ohm beyerdynamic/dt_880_pro beyerdynamic/dt_990_pro
beyerdynamic/dt_1990_pro sennheiser/hd_25 sennheiser/hd_280_pro sennheiser/hd_600 sennheiser/hd_650 akg/k240_studio akg/k371 akg/k701 akg/k702 akg/k712_pro shure/srh440 shure/srh840 focal/clear""".split()
STUDIO = """mdr_7506 mdr_cd900 mdr_v6 mdr_m1 ath_m dt_ hd_600 hd_650 hd_660 hd_6xx hd_800 hd_280 hd_300 hd_25 hd_490 hd_400_pro hd_560 akg/k1 akg/k2 akg/k6 akg/k7 akg/k361 akg/k371 srh ndh focal/ slate hi_x r70x lcd_x mm_""".split()


def catalog(path):
    """headphone_responses.csv -> names, patterns (inverse of the response, third octaves of the model), prior (ln)."""
    import csv
    rows = list(csv.reader(open(path))); f = np.log2([float(x) for x in rows[0][3:]]); r = {x[0]: np.array(x[3:], float) for x in rows[1:] if x[2] == 'mean_db'}; names = sorted(r)
    P = np.array([over_mid(np.interp(np.log2(C3), f, -r[n])) for n in names])
    return dict(names=names, patterns=P, prior=np.array([0. if n in POPULAR else -.9 if any(s in n for s in STUDIO) else -1.5 for n in names]))


def load_model(path, headphones):
    import tomllib
    m = tomllib.load(open(path, 'rb')); m['catalog'] = catalog(headphones); return m
