//! What frames cost, as tables.

/// One frame of `lantu bench boxes`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BoxFrame {
    /// User and system time of the whole process, milliseconds.
    pub cpu_ms: f64,
    /// From the first call to the moment when the picture is finished, milliseconds.
    pub wall_ms: f64,
    /// Triangles handed to the GPU.
    pub n_triangles: u64,
    /// Tiles in memory, bytes.
    pub resident_bytes: u64,
    /// Memory of the process, bytes.
    pub rss_bytes: u64,
}

/// One frame of `lantu bench frames`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Frame {
    /// User and system time of the whole process with all its threads, milliseconds.
    pub cpu_ms: f64,
    /// Selection, recording and submission on the main thread, milliseconds.
    pub encode_ms: f64,
    /// The longest that any of it kept the main thread from taking input, milliseconds.
    pub stall_ms: f64,
    /// Triangles handed to the GPU.
    pub n_triangles: u64,
    /// Tiles drawn.
    pub n_tiles: u64,
    /// What the budget counts, bytes.
    pub resident_bytes: u64,
    /// Memory of the process, bytes.
    pub rss_bytes: u64,
    /// What the passes took on the graphics card, milliseconds; `None` where it has no timestamps.
    pub gpu_ms: Option<f64>,
    /// Ranges that the graphics card looked at and those that it drew; `None` where the processor chooses.
    pub culled: Option<(u64, u64)>,
}

/// CSV of `lantu bench boxes`: `frame,cpu_ms,wall_ms,n_triangles,resident_bytes,rss_bytes`.
pub fn boxes_csv(frames: &[BoxFrame]) -> String {
    let mut out = "frame,cpu_ms,wall_ms,n_triangles,resident_bytes,rss_bytes\n".to_owned();
    for (ix, f) in frames.iter().enumerate() {
        let BoxFrame { cpu_ms, wall_ms, n_triangles, resident_bytes, rss_bytes } = f;
        put(
            &mut out,
            format_args!("{ix},{cpu_ms:.3},{wall_ms:.3},{n_triangles},{resident_bytes},{rss_bytes}\n"),
        );
    }
    out
}

/// CSV of `lantu bench frames`: `frame,cpu_ms,encode_ms,n_triangles,n_tiles,resident_bytes,rss_bytes` while the camera
/// moves, then the same with `settled_` in front for a camera that stands still until everything is loaded, then `gpu_ms`
/// and `settled_gpu_ms`, which are empty where there are no timestamps, then `n_tested`, `n_drawn` and both with `settled_`,
/// which are empty where the processor chooses what is drawn, then `stall_ms` and `settled_stall_ms`, then `cpu_ms`,
/// `n_triangles`, `resident_bytes`, `rss_bytes` and `stall_ms` with `refined_` in front, for what makes the settled picture
/// finer, which are empty where nothing does.
pub fn frames_csv(moving: &[Frame], settled: &[Frame], refined: &[Frame]) -> String {
    const COLUMNS: [&str; 6] =
        ["cpu_ms", "encode_ms", "n_triangles", "n_tiles", "resident_bytes", "rss_bytes"];
    const LAST: &str =
        "gpu_ms,settled_gpu_ms,n_tested,n_drawn,settled_n_tested,settled_n_drawn,stall_ms,settled_stall_ms";
    const REFINED: [&str; 5] = ["cpu_ms", "n_triangles", "resident_bytes", "rss_bytes", "stall_ms"];
    let head = COLUMNS.map(|c| format!("settled_{c}"));
    let finer = REFINED.map(|c| format!("refined_{c}")).join(",");
    let mut out = format!("frame,{},{},{LAST},{finer}\n", COLUMNS.join(","), head.join(","));
    let row = |f: &Frame| {
        let Frame { cpu_ms, encode_ms, n_triangles, n_tiles, resident_bytes, rss_bytes, .. } = f;
        format!("{cpu_ms:.3},{encode_ms:.3},{n_triangles},{n_tiles},{resident_bytes},{rss_bytes}")
    };
    for (ix, (a, b)) in moving.iter().zip(settled).enumerate() {
        let [gpu, settled_gpu] = [a, b].map(|f| f.gpu_ms.map_or_else(String::new, |ms| format!("{ms:.3}")));
        let [culled, settled_culled] = [a, b]
            .map(|f| f.culled.map_or_else(|| ",".to_owned(), |(tested, drawn)| format!("{tested},{drawn}")));
        let stalls = format!("{:.3},{:.3}", a.stall_ms, b.stall_ms);
        let finer = refined.get(ix).map_or_else(
            || ",".repeat(REFINED.len() - 1),
            |f| {
                let Frame { cpu_ms, n_triangles, resident_bytes, rss_bytes, stall_ms, .. } = f;
                format!("{cpu_ms:.3},{n_triangles},{resident_bytes},{rss_bytes},{stall_ms:.3}")
            },
        );
        put(
            &mut out,
            format_args!(
                "{ix},{},{},{gpu},{settled_gpu},{culled},{settled_culled},{stalls},{finer}\n",
                row(a),
                row(b)
            ),
        );
    }
    out
}

/// Appends formatted text.
pub(crate) fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.push_str(&std::fmt::format(text));
}

/// Smallest value that at least this share of all does not exceed; 0 for none.
pub fn percentile(values: impl IntoIterator<Item = f64>, share: f64) -> f64 {
    let mut all: Vec<f64> = values.into_iter().collect();
    all.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a number of frames"
    )]
    let rank = (share * all.len() as f64).ceil() as usize;
    all.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
}

/// Percent of pixels (RGBA, 8 bits) of which a channel differs by more than `tolerance`.
pub fn differing_percent(a: &[u8], b: &[u8], tolerance: u8) -> f64 {
    let pixels = a.as_chunks::<4>().0.iter().zip(b.as_chunks::<4>().0);
    let differ = |(p, q): &(&[u8; 4], &[u8; 4])| p.iter().zip(*q).any(|(x, y)| x.abs_diff(*y) > tolerance);
    let longer = a.len().max(b.len()) / 4;
    let missing = longer - a.len().min(b.len()) / 4;
    100.0 * (pixels.filter(differ).count() + missing) as f64 / longer.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_have_the_columns_that_others_read() {
        let boxes = boxes_csv(&[BoxFrame { cpu_ms: 1.25, n_triangles: 12, ..BoxFrame::default() }]);
        assert_eq!(
            boxes,
            "frame,cpu_ms,wall_ms,n_triangles,resident_bytes,rss_bytes\n0,1.250,0.000,12,0,0\n"
        );
        let timed = Frame { n_tiles: 7, gpu_ms: Some(1.5), culled: Some((9, 4)), ..Frame::default() };
        let frames = frames_csv(&[Frame::default(); 2], &[timed; 2], &[timed]);
        let lines: Vec<&str> = frames.lines().collect();
        let contract = "frame,cpu_ms,encode_ms,n_triangles,n_tiles,resident_bytes,rss_bytes,settled_cpu_ms,";
        assert!(lines[0].starts_with(contract));
        assert_eq!(
            (lines.len(), lines[2]),
            (3, "1,0.000,0.000,0,0,0,0,0.000,0.000,0,7,0,0,,1.500,,,9,4,0.000,0.000,,,,,")
        );
        assert!(lines[1].ends_with(",0.000,0.000,0.000,0,0,0,0.000"), "{}", lines[1]);
        assert_eq!(lines[0].split(',').count(), lines[1].split(',').count());
    }

    #[test]
    fn percentiles_and_pictures_are_compared_as_said() {
        assert!((percentile([3.0, 1.0, 2.0], 0.5) - 2.0).abs() < 1e-12);
        assert!(percentile([], 0.5).abs() < 1e-12);
        let (a, b) = ([0_u8; 8], [0, 0, 9, 0, 8, 8, 8, 8]);
        assert!((differing_percent(&a, &b, 8) - 50.0).abs() < 1e-12);
        assert!((differing_percent(&a, &b[..4], 8) - 100.0).abs() < 1e-12);
    }
}
