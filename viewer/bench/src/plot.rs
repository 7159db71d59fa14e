//! Curves over frames as SVG, readable on light and on dark pages.

use crate::table::put as append;

/// One curve.
#[derive(Clone, Debug)]
pub struct Series {
    /// In the legend.
    pub name: String,
    /// One value a frame.
    pub values: Vec<f64>,
}

/// Curves that share an axis.
#[derive(Clone, Debug)]
pub struct Panel {
    /// Beside the axis, with the unit.
    pub axis: String,
    /// At most four are told apart by color.
    pub series: Vec<Series>,
    /// A horizontal line, such as a budget.
    pub limit: Option<(String, f64)>,
}

const WIDTH: f64 = 860.0;
const PANEL_HEIGHT: f64 = 250.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 46.0;
const BOTTOM: f64 = 44.0;

/// Colors come from the page: dark text on light, light on dark.
const STYLE: &str = "<style>svg{--ink:#24292f;--faint:#d0d7de;--paper:#fff;--c0:#0969da;--c1:#bc4c00;--c2:#1a7f37;--c3:#8250df}\
@media(prefers-color-scheme:dark){svg{--ink:#e6edf3;--faint:#3d444d;--paper:#0d1117;--c0:#58a6ff;--c1:#f0883e;--c2:#56d364;--c3:#d2a8ff}}\
text{fill:var(--ink);font:12px sans-serif}line{stroke:var(--faint)}path{fill:none;stroke-width:1.6}</style>";

/// Draws panels one below the other over a common axis of frames.
pub fn plot_svg(title: &str, panels: &[Panel]) -> String {
    let height = 30.0 + PANEL_HEIGHT * panels.len() as f64;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\">{STYLE}\n\
         <rect width=\"100%\" height=\"100%\" fill=\"var(--paper)\"/>\n\
         <text x=\"{LEFT}\" y=\"20\" font-weight=\"bold\">{}</text>\n",
        escape(title)
    );
    for (ix, panel) in panels.iter().enumerate() {
        draw(&mut out, panel, 30.0 + PANEL_HEIGHT * ix as f64);
    }
    out.push_str("</svg>\n");
    out
}

fn draw(out: &mut String, panel: &Panel, y0: f64) {
    let n = panel.series.iter().map(|s| s.values.len()).max().unwrap_or(0);
    let all = panel.series.iter().flat_map(|s| s.values.iter().copied());
    let top = all.chain(panel.limit.iter().map(|l| l.1)).filter(|v| v.is_finite()).fold(0.0, f64::max);
    let step = nice_step(top / 4.0);
    let ceiling = (top / step).ceil().max(1.0) * step;
    let (high, low) = (y0 + TOP, y0 + PANEL_HEIGHT - BOTTOM);
    let x = |frame: f64| LEFT + frame / (n.max(2) - 1) as f64 * (WIDTH - LEFT - RIGHT);
    let y = |v: f64| low - v / ceiling * (low - high);
    let mut put = |text: std::fmt::Arguments<'_>| append(out, text);
    let mut v = 0.0;
    while v <= ceiling * 1.001 {
        let at = y(v);
        put(format_args!("<line x1=\"{LEFT}\" y1=\"{at:.1}\" x2=\"{:.1}\" y2=\"{at:.1}\"/>", WIDTH - RIGHT));
        put(format_args!(
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\n",
            LEFT - 8.0,
            at + 4.0,
            short(v)
        ));
        v += step;
    }
    let frames = nice_step(n as f64 / 8.0).max(1.0);
    let mut f = 0.0;
    while f < n as f64 {
        put(format_args!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{f}</text>\n",
            x(f),
            low + 18.0
        ));
        f += frames;
    }
    let middle = f64::midpoint(LEFT, WIDTH - RIGHT);
    put(format_args!("<text x=\"{middle}\" y=\"{:.1}\" text-anchor=\"middle\">frame</text>\n", low + 36.0));
    let (mx, my) = (16.0, f64::midpoint(high, low));
    put(format_args!(
        "<text transform=\"translate({mx} {my}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
        escape(&panel.axis)
    ));
    let mut legend = LEFT;
    let mut label = |put: &mut dyn FnMut(std::fmt::Arguments<'_>), name: &str, color: &str, dash: &str| {
        let at = y0 + TOP - 18.0;
        put(format_args!(
            "<path d=\"M{legend} {at}h22\" stroke=\"{color}\"{dash}/><text x=\"{}\" y=\"{}\">{}</text>\n",
            legend + 28.0,
            at + 4.0,
            escape(name)
        ));
        // Letters of 12 px are about 7 px wide.
        legend += 50.0 + 7.0 * name.chars().count() as f64;
    };
    for (ix, s) in panel.series.iter().enumerate() {
        let color = format!("var(--c{})", ix % 4);
        label(&mut put, &s.name, &color, "");
        let mut d = String::new();
        for (i, v) in s.values.iter().enumerate().filter(|(_, v)| v.is_finite()) {
            let verb = if d.is_empty() { 'M' } else { 'L' };
            append(&mut d, format_args!("{verb}{:.1} {:.1}", x(i as f64), y(*v)));
        }
        put(format_args!("<path d=\"{d}\" stroke=\"{color}\"/>\n"));
    }
    if let Some((name, v)) = &panel.limit {
        let dash = " stroke-dasharray=\"5 4\"";
        label(&mut put, name, "var(--ink)", dash);
        put(format_args!(
            "<path d=\"M{LEFT} {:.1}H{:.1}\" stroke=\"var(--ink)\"{dash}/>\n",
            y(*v),
            WIDTH - RIGHT
        ));
    }
}

/// 1, 2 or 5 times a power of ten, at least `v`.
fn nice_step(v: f64) -> f64 {
    let mut power = 1e-3;
    while power * 10.0 <= v {
        power *= 10.0;
    }
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|k| k * power).find(|s| *s >= v).unwrap_or(power * 10.0)
}

fn short(v: f64) -> String {
    if v >= 10.0 || v == 0.0 { format!("{v:.0}") } else { format!("{v:.2}") }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_names_its_axes_curves_and_limit_and_stays_inside_its_frame() {
        let panel = Panel {
            axis: "memory (MB)".to_owned(),
            series: vec![Series { name: "resident <b>".to_owned(), values: vec![1.0, f64::NAN, 300.0] }],
            limit: Some(("budget".to_owned(), 512.0)),
        };
        let svg = plot_svg("flight & street", &[panel]);
        for text in ["memory (MB)", "resident &lt;b&gt;", "budget", "flight &amp; street", ">frame<", "dark"]
        {
            assert!(svg.contains(text), "{text}");
        }
        assert!(!svg.contains("NaN"));
        let curve = svg.split("<path d=\"M").nth(2).unwrap().split('"').next().unwrap().replace('L', " ");
        let numbers: Vec<f64> = curve.split(' ').map(|n| n.parse().unwrap()).collect();
        assert!(numbers.chunks(2).all(|p| (0.0..=WIDTH).contains(&p[0]) && (30.0..=280.0).contains(&p[1])));
    }

    #[test]
    fn steps_of_an_axis_are_round() {
        for (v, step) in [(0.7, 1.0), (1.3, 2.0), (23.0, 50.0), (61.0, 100.0)] {
            assert!((nice_step(v) - step).abs() < 1e-9);
        }
    }
}
