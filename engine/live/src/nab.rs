//! Scoring of anomaly detectors as the Numenta Anomaly Benchmark does it (NAB 1.1, standard profile): early detections
//! in a window earn up to 1, missed windows and false alarms cost, and one threshold serves all files.

/// What a false alarm costs at most, in the standard profile; hits and misses weigh 1.
const FP_WEIGHT: f64 = 0.11;
/// Share of the beginning of a file that is not scored, and the length up to which it grows.
const PROBATION: (f64, usize) = (0.15, 5000);

/// Scores of a detector on one file, with the labels.
#[derive(Clone, Debug)]
pub struct ScoredFile {
    /// One a row, 0 to 1.
    pub scores: Vec<f64>,
    /// First and last row of each window of true anomalies, ascending, apart.
    pub windows: Vec<(usize, usize)>,
}

/// The result over files.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NabScore {
    /// 0 for a detector that is silent, 100 for a perfect one; lower with more false alarms.
    pub score: f64,
    /// The threshold that is best over all files.
    pub threshold: f64,
    /// Windows that are hit at it.
    pub hits: usize,
    /// Windows in all.
    pub windows: usize,
    /// Rows outside of windows that are at or above it.
    pub false_alarms: usize,
}

/// Rows that are not scored at the beginning of a file.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of at most 5000")]
fn probation_rows(n: usize) -> usize {
    (PROBATION.0 * n.min(PROBATION.1) as f64).floor() as usize
}

/// 1 far before 0, −1 far behind.
fn sigmoid(position: f64) -> f64 {
    if position > 3.0 { -1.0 } else { 2.0 / (1.0 + (5.0 * position).exp()) - 1.0 }
}

/// One row that counts: its score, what a detection there earns, and the window it lies in.
struct Row {
    score: f64,
    earns: f64,
    window: Option<usize>,
}

fn rows(file: &ScoredFile, first_window: usize, out: &mut Vec<Row>) {
    let probation = probation_rows(file.scores.len());
    let mut before: Option<(usize, usize)> = None;
    let mut windows = file.windows.iter().enumerate().peekable();
    for (ix, &score) in file.scores.iter().enumerate() {
        let inside = windows.peek().copied().filter(|(_, w)| w.0 <= ix);
        let (earns, window) = if let Some((n, &(from, to))) = inside {
            let width = (to - from + 1) as f64;
            let position = -((to - ix + 1) as f64) / width;
            if ix == to {
                before = Some((from, to));
                windows.next();
            }
            (sigmoid(position) / sigmoid(-1.0), Some(first_window + n))
        } else {
            let earns = before.map_or(-1.0, |(from, to)| sigmoid((ix - to) as f64 / (to - from) as f64));
            (earns * FP_WEIGHT, None)
        };
        if ix >= probation {
            out.push(Row { score, earns, window });
        }
    }
}

/// The score over all files at the threshold that suits them best.
pub fn nab_score(files: &[ScoredFile]) -> NabScore {
    let n_windows: usize = files.iter().map(|f| f.windows.len()).sum();
    let mut all = Vec::new();
    let mut first_window = 0;
    for file in files {
        rows(file, first_window, &mut all);
        first_window += file.windows.len();
    }
    all.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut earned = vec![-1.0_f64; n_windows];
    let (mut hits, mut false_alarms, mut lost) = (0, 0, 0.0);
    let silent = -(n_windows as f64);
    let mut total = silent;
    let mut best = (silent, f64::INFINITY, 0, 0);
    for level in all.chunk_by(|a, b| a.score.total_cmp(&b.score).is_eq()) {
        for row in level {
            if let Some(slot) = row.window.and_then(|w| earned.get_mut(w)) {
                if *slot <= -1.0 {
                    hits += 1;
                }
                if row.earns > *slot {
                    total += row.earns - *slot;
                    *slot = row.earns;
                }
            } else {
                lost += row.earns;
                false_alarms += 1;
            }
        }
        if total + lost > best.0 {
            best = (total + lost, level.first().map_or(1.0, |r| r.score), hits, false_alarms);
        }
    }
    let score = if n_windows == 0 { 0.0 } else { 100.0 * (best.0 - silent) / (2.0 * n_windows as f64) };
    NabScore { score, threshold: best.1, hits: best.2, windows: n_windows, false_alarms: best.3 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(scores: Vec<f64>, windows: &[(usize, usize)]) -> ScoredFile {
        ScoredFile { scores, windows: windows.to_vec() }
    }

    #[test]
    fn silence_scores_nothing_and_a_hit_on_the_first_row_everything() {
        let silent = nab_score(&[file(vec![0.0; 1000], &[(500, 550)])]);
        assert!(silent.score.abs() < 50.0);
        let mut scores = vec![0.0; 1000];
        scores[500] = 1.0;
        let perfect = nab_score(&[file(scores.clone(), &[(500, 550)])]);
        assert!((perfect.score - 100.0).abs() < 1e-9 && perfect.hits == 1, "{perfect:?}");
        // A detection on the last row of the window, at −1/51 of it: 2/(1 + e^(−5/51)) − 1 = 0.04897 of 0.98661.
        scores.swap(500, 550);
        let late = nab_score(&[file(scores, &[(500, 550)])]);
        assert!((late.score - (100.0 * (1.0 + 0.048_97 / 0.986_61) / 2.0)).abs() < 0.01, "{late:?}");
    }

    #[test]
    fn false_alarms_cost_little_behind_a_window_and_all_far_from_it() {
        let at = |row: usize| {
            let mut scores = vec![0.0; 1000];
            scores[500] = 1.0;
            scores[row] = 1.0;
            nab_score(&[file(scores, &[(500, 550)])]).score
        };
        // A false alarm before any window costs the whole 0.11 of 2.
        assert!((at(300) - (100.0 - 5.5)).abs() < 1e-9);
        assert!((at(900) - (100.0 - 5.5)).abs() < 1e-9);
        assert!(at(552) > 99.0);
        assert!((at(100) - 100.0).abs() < 1e-9, "what is on probation is not scored");
    }
}
