//! `lantu snapshot`: a picture without a window, and a sidecar that says what it shows.

use anyhow::Context as _;
use lantu_base::UtcNanos;
use lantu_overlay::OverlayKind;

use crate::cli::{OverlayChoice, SnapshotArgs};
use crate::commands::tables::numbers;
use crate::commands::{DONE, project};
use crate::context::Context;
use crate::picture::{Picture, PictureView, draw};

pub(crate) fn snapshot(context: &Context, args: &SnapshotArgs) -> anyhow::Result<u8> {
    if let Some(n) = args.limits.threads {
        rayon::ThreadPoolBuilder::new().num_threads(n.max(1)).build_global()?;
    }
    let session = project::open(context, &args.project)?;
    let view = match (&args.view, &args.eye, &args.target) {
        (Some(name), _, _) => PictureView::Saved(name.clone()),
        (_, Some(eye), Some(target)) => {
            PictureView::Camera(numbers::<3>(eye, "--eye X,Y,Z")?, numbers::<3>(target, "--target X,Y,Z")?)
        }
        _ => PictureView::Fit,
    };
    let time = match &args.time {
        Some(t) => Some(UtcNanos::parse(t, session.zone())?),
        None => session.time_span().map(|(a, b)| UtcNanos(a.0 + (b.0 - a.0) / 2)),
    };
    for name in &args.hide {
        if !session.sources().iter().any(|s| s.record.id == *name) {
            return Err(lantu_session::SessionError::Unknown { what: "source", name: name.clone() }.into());
        }
    }
    let overlay = match args.overlay {
        OverlayChoice::Progress => Some(OverlayKind::Progress),
        OverlayChoice::Sensor => Some(OverlayKind::Sensor),
        OverlayChoice::Risk => Some(OverlayKind::Risk),
        OverlayChoice::None => None,
    };
    let picture = Picture {
        size: args.size,
        view,
        time,
        overlay,
        hide: args.hide.clone(),
        xray: args.xray,
        memory_bytes: args.limits.memory,
    };
    let drawn = draw(&session, &picture)?;
    drawn.write_png(&args.out)?;
    if let Some(path) = &args.sidecar {
        let text = serde_json::to_string_pretty(&drawn.sidecar(&session, &picture, &args.project))?;
        std::fs::write(path, text).with_context(|| format!("cannot write\nfile: {}", path.display()))?;
    }
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
    Ok(DONE)
}
