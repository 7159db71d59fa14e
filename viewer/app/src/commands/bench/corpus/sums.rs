//! The corpus as a whole: each figure with the number of files that it is over.

use std::collections::BTreeSet;

use crate::commands::bench::corpus::reference::Compared;
use crate::commands::bench::corpus::{Entry, SCALED_BYTES};

/// One figure over all files.
pub(super) struct Figure {
    pub(super) name: String,
    /// Files that it is over.
    pub(super) n_files: usize,
    pub(super) value: f64,
    pub(super) unit: &'static str,
}

/// Memory that an import may take whatever the size of its file, and for each byte of it. Specified.
const FREE_BYTES: f64 = 200e6;
const BYTES_PER_BYTE: f64 = 4.0;

/// A name, and the number that it stands for.
type Column = (&'static str, fn(&Compared) -> u64);

/// All figures.
pub(super) fn figures(entries: &[Entry]) -> Vec<Figure> {
    let mut out = Vec::new();
    let mut add = |name: &str, n_files: usize, value: f64, unit| {
        out.push(Figure { name: name.to_owned(), n_files, value, unit });
    };
    let done: Vec<&Entry> = entries.iter().filter(|e| !e.inspection.failed).collect();
    add("cannot_be_used", entries.len(), (entries.len() - done.len()) as f64, "files");
    add("cpu", entries.len(), entries.iter().map(|e| e.inspection.cpu_s).sum(), "s");
    let compared: Vec<Compared> = entries.iter().filter_map(|e| e.compared).collect();
    let columns: [Column; 7] = [
        ("reference_products", |c| c.products),
        ("missing", |c| c.missing),
        ("bounds_off", |c| c.bounds_off),
        ("reference_closed", |c| c.closed),
        ("open", |c| c.open),
        ("volume_off_1", |c| c.volume_off),
        ("volume_off_5", |c| c.volume_far_off),
    ];
    for (name, of) in columns {
        add(name, compared.len(), compared.iter().map(of).sum::<u64>() as f64, "products");
    }
    let over =
        |e: &Entry| e.inspection.peak_rss_bytes as f64 / (BYTES_PER_BYTE * e.bytes as f64 + FREE_BYTES);
    add("peak_memory_of_allowed", entries.len(), entries.iter().map(over).fold(0.0, f64::max), "at most");
    let scaled: Vec<[f64; 2]> = entries.iter().filter_map(|e| e.walls_s).collect();
    if !scaled.is_empty() {
        let gain = |[one, two]: &[f64; 2]| one / two.max(1e-9);
        let [one, two] = scaled.iter().fold([0.0; 2], |[a, b], [c, d]| [a + c, b + d]);
        add("wall_1_thread_of_2", scaled.len(), one / two.max(1e-9), "in sum");
        let least = scaled.iter().map(gain).fold(f64::INFINITY, f64::min);
        add("wall_1_thread_of_2_least", scaled.len(), least, "at least");
    }
    let first = |e: &&Entry| e.picture_cpu_s.filter(|_| e.bytes >= SCALED_BYTES);
    let firsts: Vec<f64> = done.iter().filter_map(first).collect();
    if !firsts.is_empty() {
        let most = firsts.iter().copied().fold(0.0, f64::max);
        add("import_and_picture_cpu_of_large_files", firsts.len(), most, "s at most");
    }
    let names: BTreeSet<&str> = entries.iter().flat_map(|e| e.peers.iter().map(|(p, _)| p.name)).collect();
    for name in names {
        peer(&done, name, &mut add);
    }
    out
}

/// CPU time of another reader and ours over the files that both finish.
fn peer(done: &[&Entry], name: &str, add: &mut impl FnMut(&str, usize, f64, &'static str)) {
    let mut both = Vec::new();
    let mut n_failed = 0;
    for e in done {
        let Some((_, figures)) = e.peers.iter().find(|(p, _)| p.name == name) else { continue };
        match figures.cpu_s.filter(|_| figures.error.is_empty()) {
            Some(theirs) => both.push((e.inspection.cpu_s, theirs)),
            None => n_failed += 1,
        }
    }
    let (ours, theirs) = both.iter().fold((0.0, 0.0), |sum, b| (sum.0 + b.0, sum.1 + b.1));
    add(&format!("{name}: does not finish"), done.len(), f64::from(n_failed), "files");
    add(&format!("{name}: cpu"), both.len(), theirs, "s");
    add(&format!("{name}: cpu of ours"), both.len(), ours, "s");
    add(&format!("{name}: times ours"), both.len(), theirs / ours.max(1e-9), "");
}
