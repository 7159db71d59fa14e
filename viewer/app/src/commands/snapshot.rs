//! `lantu snapshot`: a picture without a window, and a sidecar that says what it shows.

use anyhow::Context as _;
use lantu_base::{Severity, UtcNanos};
use lantu_overlay::OverlayKind;

use crate::cli::{OverlayChoice, SnapshotArgs};
use crate::commands::tables::numbers;
use crate::commands::{DONE, PARTIAL, project};
use crate::context::Context;
use crate::explain;
use crate::light::{light_time, stated_light};
use crate::look::XRAY_OPACITY;
use crate::picture::{Picture, PictureView, Swipe, draw, draw_pair, draw_swipe};
use crate::section_words::with;
use crate::views::{ViewRecord, saved_view};
use crate::window::section::Section;

/// Tiles that cannot be read and are named. Chosen: more would scroll away what to do about them.
const FAILURES_SHOWN: usize = 8;

pub(crate) fn snapshot(context: &Context, args: &SnapshotArgs) -> anyhow::Result<u8> {
    if let Some(n) = args.limits.threads {
        rayon::ThreadPoolBuilder::new().num_threads(n.max(1)).build_global()?;
    }
    let mut session = project::open(context, &args.project)?;
    if let Some(n) = args.compare {
        session.compare_with(n)?;
    }
    let view = match (&args.view, &args.eye, &args.target) {
        (Some(name), _, _) => PictureView::Saved(name.clone()),
        (_, Some(eye), Some(target)) => {
            PictureView::Camera(numbers::<3>(eye, "--eye X,Y,Z")?, numbers::<3>(target, "--target X,Y,Z")?)
        }
        _ => PictureView::Fit,
    };
    // A saved view brings its layers, time and overlay; what the command line says stands above it.
    let record = match &args.view {
        Some(name) => saved_view(&session, name)?.record,
        None => ViewRecord::default(),
    };
    let stated = args.time.as_ref().map(|t| UtcNanos::parse(t, session.zone())).transpose()?;
    let stated = stated.or_else(|| record.instant(&session));
    let middle = session.time_span().map(|(a, b)| UtcNanos(a.0 + (b.0 - a.0) / 2));
    let by_day = |t| light_time(t, session.time_span(), session.zone());
    let xray = args.xray || record.xray.unwrap_or(false);
    let in_xray = if xray { record.xray_opacity.unwrap_or(XRAY_OPACITY) } else { 1.0 };
    let ground_opacity = args.ground_opacity.unwrap_or(in_xray);
    let swiped = args.swipe.iter().flat_map(|(left, right)| [left, right]);
    for name in args.hide.iter().chain(args.opacity.iter().map(|(name, _)| name)).chain(swiped) {
        if !session.sources().iter().any(|s| s.record.id == *name) {
            return Err(lantu_session::SessionError::Unknown { what: "source", name: name.clone() }.into());
        }
    }
    let overlay = match args.overlay {
        _ if args.compare.is_some() => Some(OverlayKind::Change),
        Some(choice) => choice.kind(),
        None => record.overlay_or(None),
    };
    let outline = args.outline.map_or_else(|| record.outline_or(None), OverlayChoice::kind);
    let stretch = args.relief.exaggeration.or(record.stretch()).unwrap_or_default();
    let section = with(&args.section, record.section)
        .map(|s| Section::from_record(&s, session.frame()))
        .unwrap_or_default();
    let picture = Picture {
        size: args.size,
        view,
        time: stated.or(middle),
        map: args.heat.map(),
        light: match &args.time {
            Some(text) => stated.map(|t| stated_light(text, t, session.zone())),
            None => stated.or(middle).map(by_day),
        },
        overlay,
        outline,
        hide: args.hide.iter().cloned().chain(record.hidden_layers.into_iter().flatten()).collect(),
        simple: args.simple_shading,
        labels: (args.labels || record.labels.unwrap_or(false)).then(|| context.words.language()),
        faded: record.layer_opacity.into_iter().flatten().chain(args.opacity.iter().cloned()).collect(),
        ground_opacity,
        relief: args.relief.relief(),
        stretch,
        right_of: None,
        legend: args.legend.then(|| context.words.language()),
        section,
        former: false,
        memory_bytes: args.limits.memory,
        culling: args.culling,
    };
    let drawn = match &args.swipe {
        Some(sides) => {
            let (left, right) = sides.clone();
            draw_swipe(&session, &picture, &Swipe { left, right, at: args.swipe_at }, &args.out)?
        }
        None if args.side_by_side => draw_pair(&session, &picture, &args.out)?,
        None => draw(&session, &picture, &args.out)?,
    };
    if let Some(path) = &args.sidecar {
        let text = serde_json::to_string_pretty(&drawn.sidecar(&session, &picture, &args.project))?;
        std::fs::write(path, text).with_context(|| format!("cannot write\nfile: {}", path.display()))?;
    }
    let is_whole = !session.notes.diagnostics.iter().any(|d| d.severity == Severity::Error);
    let cache = lantu_session::pack_root(session.path());
    session.close()?;
    let [w, h] = args.size;
    context.line(&context.say(
        "app-snapshot-done",
        &[
            ("path", args.out.display().to_string().into()),
            ("width", u64::from(w).into()),
            ("height", u64::from(h).into()),
        ],
    ))?;
    for why in drawn.failures.iter().take(FAILURES_SHOWN) {
        context.line(&explain::tile_failure(&context.words, why))?;
    }
    if !drawn.failures.is_empty() {
        let n = drawn.failures.len() as u64;
        let args = [("n", n.into()), ("cache", cache.display().to_string().into())];
        context.line(&context.say("app-snapshot-incomplete", &args))?;
    }
    Ok(if is_whole && drawn.failures.is_empty() { DONE } else { PARTIAL })
}
