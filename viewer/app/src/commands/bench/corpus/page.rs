//! The corpus as a CSV table, and as a page that a browser opens without a server.

use std::fmt::Write as _;

use lantu_base::Severity;

use crate::commands::bench::corpus::reference::Compared;
use crate::commands::bench::corpus::sums::Figure;
use crate::commands::bench::corpus::{Entry, count};

const HEADERS: [&str; 26] = [
    "file",
    "bytes",
    "outcome",
    "schema",
    "cpu_s",
    "wall_s",
    "peak_rss_bytes",
    "n_objects",
    "n_with_shape",
    "n_triangles",
    "n_closed",
    "errors",
    "warnings",
    "reference_products",
    "missing",
    "bounds_off",
    "reference_closed",
    "open",
    "volume_off_1",
    "volume_off_5",
    "wall_1_s",
    "wall_2_s",
    "picture_cpu_s",
    "picture",
    "reason",
    "peers",
];

/// One row a file; figures of peers as `name cpu_s=… rss=… products=… triangles=…`.
pub(super) fn csv(entries: &[Entry]) -> anyhow::Result<String> {
    let mut w = csv::Writer::from_writer(Vec::new());
    w.write_record(HEADERS)?;
    for e in entries {
        let i = &e.inspection;
        let of = |f: fn(&Compared) -> u64| e.compared.map_or(String::new(), |c| f(&c).to_string());
        w.write_record([
            e.name.clone(),
            e.bytes.to_string(),
            outcome(e).to_owned(),
            i.begin.as_ref().map(|b| b.schema.clone()).unwrap_or_default(),
            format!("{:.3}", i.cpu_s),
            format!("{:.3}", i.total_s),
            i.peak_rss_bytes.to_string(),
            i.rows.len().to_string(),
            i.rows.iter().filter(|r| r.n_triangles > 0).count().to_string(),
            n_triangles(e).to_string(),
            i.rows.iter().filter(|r| r.closed).count().to_string(),
            count(i, Severity::Error).to_string(),
            count(i, Severity::Warning).to_string(),
            of(|c| c.products),
            of(|c| c.missing),
            of(|c| c.bounds_off),
            of(|c| c.closed),
            of(|c| c.open),
            of(|c| c.volume_off),
            of(|c| c.volume_far_off),
            e.walls_s.map_or(String::new(), |[one, _]| format!("{one:.3}")),
            e.walls_s.map_or(String::new(), |[_, two]| format!("{two:.3}")),
            e.picture_cpu_s.map_or(String::new(), |s| format!("{s:.3}")),
            e.picture.as_ref().ok().map(|p| format!("pictures/{p}")).unwrap_or_default(),
            e.picture.as_ref().err().cloned().unwrap_or_default(),
            peers(e).join("; "),
        ])?;
    }
    Ok(String::from_utf8(w.into_inner().map_err(|e| anyhow::anyhow!("{e}"))?)?)
}

/// One row a figure.
pub(super) fn sums_csv(figures: &[Figure]) -> anyhow::Result<String> {
    let mut w = csv::Writer::from_writer(Vec::new());
    w.write_record(["figure", "n_files", "value", "unit"])?;
    for f in figures {
        w.write_record([f.name.as_str(), &f.n_files.to_string(), &format!("{:.3}", f.value), f.unit])?;
    }
    Ok(String::from_utf8(w.into_inner().map_err(|e| anyhow::anyhow!("{e}"))?)?)
}

fn n_triangles(e: &Entry) -> u64 {
    e.inspection.rows.iter().map(|r| u64::from(r.n_triangles)).sum()
}

fn outcome(e: &Entry) -> &'static str {
    match e.inspection.exit_code() {
        0 => "done",
        1 => "failed",
        _ => "partial",
    }
}

fn peers(e: &Entry) -> Vec<String> {
    let number = |v: Option<u64>| v.map_or("-".to_owned(), |v| v.to_string());
    let figures = e.peers.iter().map(|(peer, f)| {
        let cpu = f.cpu_s.map_or("-".to_owned(), |s| format!("{s:.2}"));
        let (rss, products, triangles) =
            (number(f.peak_rss_bytes), number(f.n_products), number(f.n_triangles));
        let error = if f.error.is_empty() { String::new() } else { format!(" error={}", f.error) };
        format!("{} cpu_s={cpu} rss={rss} products={products} triangles={triangles}{error}", peer.name)
    });
    figures.collect()
}

/// The page: sums, then a card with picture and figures for each file.
pub(super) fn html(entries: &[Entry], figures: &[Figure], n_larger: usize) -> String {
    let mut out = String::from(
        "<!doctype html>\n<meta charset=\"utf-8\">\n<title>Lantu: corpus</title>\n<style>\n\
         body{font:14px/1.4 sans-serif;margin:24px;background:#f5f6f7;color:#1c2024}\n\
         main{display:grid;grid-template-columns:repeat(auto-fill,minmax(320px,1fr));gap:16px}\n\
         article{background:#fff;border-radius:6px;overflow:hidden;padding-bottom:8px}\n\
         article>*{margin:4px 12px;overflow-wrap:anywhere}\n\
         img,.none{display:block;width:320px;height:240px;margin:0;background:#e6e9ec}\n\
         .none{padding:12px;box-sizing:border-box;color:#8a1f1f}\n\
         h2{font-size:14px}\n.off{color:#b3202a}\n</style>\n<h1>Lantu: corpus</h1>\n",
    );
    let written = sums(&mut out, entries.len(), figures, n_larger).and_then(|()| {
        worst(&mut out, entries)?;
        out.push_str("<main>\n");
        entries.iter().try_for_each(|e| card(&mut out, e))
    });
    debug_assert!(written.is_ok(), "a String refused text");
    out.push_str("</main>\n");
    out
}

fn sums(out: &mut String, n_files: usize, figures: &[Figure], n_larger: usize) -> std::fmt::Result {
    writeln!(out, "<p>{n_files} files, {n_larger} larger ones left out.</p>\n<table>")?;
    for f in figures {
        writeln!(
            out,
            "<tr><td>{}</td><td>{:.2} {}</td><td>of {} files</td></tr>",
            escaped(&f.name),
            f.value,
            f.unit,
            f.n_files
        )?;
    }
    out.push_str("</table>\n");
    Ok(())
}

/// Deviations that are shown. Specified.
const N_WORST: usize = 10;

/// The worst deviations of all files, each with its picture.
fn worst(out: &mut String, entries: &[Entry]) -> std::fmt::Result {
    let mut all: Vec<_> = entries.iter().flat_map(|e| e.worst.iter().map(move |(d, p)| (e, d, p))).collect();
    all.sort_by(|a, b| b.1.share.total_cmp(&a.1.share));
    if all.is_empty() {
        return Ok(());
    }
    out.push_str("<h2>Worst deviations, one of each class and file</h2>\n<main>\n");
    for (e, d, picture) in all.into_iter().take(N_WORST) {
        out.push_str("<article>");
        if let Some(file) = picture {
            let file = escaped(file);
            write!(out, "<img loading=\"lazy\" src=\"pictures/{file}\" alt=\"{}\">", escaped(&d.id))?;
        }
        writeln!(
            out,
            "<h2>{} {}</h2><p>{}</p><p>{}: {:.1} %, {}</p></article>",
            escaped(&d.class),
            escaped(&d.id),
            escaped(&e.name),
            d.what,
            d.share * 100.0,
            escaped(&d.words)
        )?;
    }
    out.push_str("</main>\n");
    Ok(())
}

fn card(out: &mut String, e: &Entry) -> std::fmt::Result {
    let name = escaped(&e.name);
    out.push_str("<article>");
    match &e.picture {
        Ok(file) => write!(out, "<img loading=\"lazy\" src=\"pictures/{}\" alt=\"{name}\">", escaped(file))?,
        Err(why) => write!(out, "<div class=\"none\">{}</div>", escaped(why))?,
    }
    let i = &e.inspection;
    let schema = i.begin.as_ref().map(|b| escaped(&b.schema)).unwrap_or_default();
    write!(
        out,
        "<h2>{name}</h2><p>{} · {schema} · {:.2} MB</p><p>{:.2} CPU s · {:.0} MB · {} objects, {} triangles · {} \
         errors, {} warnings</p>",
        outcome(e),
        e.bytes as f64 / 1e6,
        i.cpu_s,
        i.peak_rss_bytes as f64 / 1e6,
        i.rows.len(),
        n_triangles(e),
        count(i, Severity::Error),
        count(i, Severity::Warning),
    )?;
    if let Some(c) = e.compared {
        let class = if c.missing + c.bounds_off + c.volume_off + c.open > 0 { " class=\"off\"" } else { "" };
        write!(
            out,
            "<p{class}>of {} products {} missing, {} bounds off; of {} closed {} open, {} volumes off</p>",
            c.products, c.missing, c.bounds_off, c.closed, c.open, c.volume_off,
        )?;
    }
    for line in peers(e) {
        write!(out, "<p>{}</p>", escaped(&line))?;
    }
    out.push_str("</article>\n");
    Ok(())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
