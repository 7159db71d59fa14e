//! `lantu demo`: write the district, import it, show it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use lantu_session::{Access, ImportOptions, Session, SessionOptions};

use crate::cli::{DemoArgs, ViewArgs};
use crate::commands::{DONE, PARTIAL, project, remove_project};
use crate::context::Context;
use crate::picture::{Picture, PictureView};

/// CRS of the demo district: CGCS2000 / 3-degree Gauss-Kruger CM 117E, 1985 heights.
const DEMO_CRS: &str = "EPSG:4548";
const DEMO_HEIGHT: &str = "EPSG:5737";

/// Saved views of the demo: name, eye, target, in the demo's CRS.
const VIEWS: [(&str, [f64; 3], [f64; 3]); 4] = [
    ("demo", [455_452.0, 4_428_330.0, 175.0], [455_612.0, 4_428_545.0, 38.0]),
    ("building", [455_560.0, 4_428_440.0, 85.0], [455_620.0, 4_428_540.0, 50.0]),
    ("bridge", [455_520.0, 4_428_380.0, 70.0], [455_600.0, 4_428_450.0, 42.0]),
    ("overview", [455_250.0, 4_428_050.0, 430.0], [455_600.0, 4_428_550.0, 40.0]),
];

pub(crate) fn demo(context: &Context, args: &DemoArgs) -> anyhow::Result<u8> {
    let sources = args.dir.join("sources");
    let at =
        |p: &Path| -> Vec<(&str, lantu_ui::Arg<'static>)> { vec![("path", p.display().to_string().into())] };
    context.line(&context.say("app-demo-writing", &at(&sources)))?;
    std::fs::create_dir_all(&sources)
        .with_context(|| format!("cannot write\nfolder: {}", sources.display()))?;
    let files = lantu_demo::generate(&sources, &mut |step, _fraction| tracing::info!(step, "demo"))?;
    let project_file = args.dir.join("demo.lantu");
    let options = context.session_options(None)?;
    let paths: Vec<PathBuf> =
        files.imports.iter().chain(&files.samples).chain([&files.channels]).cloned().collect();
    let code = import_all(context, &project_file, &paths, options)?;
    let span = write_views(context, &project_file)?;
    let shown = has_display() && !args.no_window;
    if shown {
        context.line(&context.say("app-demo-done", &at(&project_file)))?;
        let view = ViewArgs {
            project: Some(project_file),
            view: None,
            size: [1440, 900],
            fullscreen: false,
            ui_scale: 1.0,
            limits: crate::cli::LimitArgs { threads: None, memory: None, deadline: 600 },
        };
        crate::window::run(context, Some(&view))?;
    } else {
        let out = args.dir.join("demo.png");
        let picture = Picture {
            size: [1920, 1080],
            view: PictureView::Saved("demo".to_owned()),
            time: span,
            overlay: None,
            hide: Vec::new(),
            xray: false,
        };
        let session = project::open(context, &project_file)?;
        crate::picture::draw(&session, &picture)?.write_png(&out)?;
        session.close()?;
        context.line(&context.say("app-demo-picture", &at(&out)))?;
        context.line(&context.say("app-demo-done", &at(&project_file)))?;
    }
    Ok(code)
}

/// Makes the project anew: a demo that was changed by hand starts over.
fn import_all(
    context: &Context,
    project_file: &Path,
    files: &[PathBuf],
    options: SessionOptions,
) -> anyhow::Result<u8> {
    remove_project(project_file)?;
    let frame = lantu_geodesy::make_frame(DEMO_CRS, Some(DEMO_HEIGHT), "Asia/Shanghai")?;
    let name = context.say("app-demo-name", &[]);
    let mut session = Session::create(project_file, &name, frame, options)?;
    context.line(&context.say("app-demo-importing", &[("n", (files.len() as u64).into())]))?;
    let outcomes = session.import(files, &ImportOptions::default(), &mut context.progress());
    session.close()?;
    let outcomes = outcomes?;
    for o in outcomes.iter().filter(|o| o.source.is_none() || o.is_partial()) {
        context.line(&crate::explain::outcome(context, o, project_file))?;
    }
    Ok(if outcomes.iter().any(|o| o.source.is_none()) { PARTIAL } else { DONE })
}

/// Saves the views of the tour, and says at which instant the picture is taken: 55 % of the time span.
fn write_views(context: &Context, project_file: &Path) -> anyhow::Result<Option<lantu_base::UtcNanos>> {
    let mut session = Session::open(project_file, Access::Write, context.session_options(None)?)?;
    for (name, eye, target) in VIEWS {
        session.save_view(name, eye, target)?;
    }
    let span = session.time_span();
    session.close()?;
    Ok(span.map(|(a, b)| lantu_base::UtcNanos(a.0 + (b.0 - a.0) / 100 * 55)))
}

/// Whether a window can be expected to open.
pub(crate) fn has_display() -> bool {
    if cfg!(any(target_os = "windows", target_os = "macos")) {
        return true;
    }
    ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|v| std::env::var_os(v).is_some_and(|s| !s.is_empty()))
}
