//! `lantu demo`: write the district, import it, show it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use lantu_session::{FileOutcome, ImportEvent, ImportOptions, Session, SessionOptions};

use crate::cli::{DemoArgs, ViewArgs};
use crate::commands::{DONE, PARTIAL, project, remove_project};
use crate::context::Context;
use crate::light::light_time;
use crate::picture::{Picture, PictureView};
use crate::window::section::Section;

/// CRS of the demo district: CGCS2000 / 3-degree Gauss-Kruger CM 117E, 1985 heights.
const DEMO_CRS: &str = "EPSG:4548";
const DEMO_HEIGHT: &str = "EPSG:5737";

pub(crate) fn demo(context: &Context, args: &DemoArgs) -> anyhow::Result<u8> {
    let at =
        |p: &Path| -> Vec<(&str, lantu_ui::Arg<'static>)> { vec![("path", p.display().to_string().into())] };
    context.line(&context.say("app-demo-writing", &at(&args.dir.join("sources"))))?;
    let name = context.say("app-demo-name", &[]);
    let mut progress = context.progress();
    let made = make(&args.dir, &name, &context.session_options(None)?, &mut |making| match making {
        Making::Writing { step, .. } => tracing::info!(step, "demo"),
        Making::Importing(event) => {
            if let ImportEvent::File { ix: 0, n, .. } = event {
                let line = context.say("app-demo-importing", &[("n", (n as u64).into())]);
                if let Err(e) = context.line(&line) {
                    tracing::debug!(error = %e, "nobody reads the progress");
                }
            }
            progress(event);
        }
    })?;
    for o in made.outcomes.iter().filter(|o| o.source.is_none() || o.is_partial()) {
        context.line(&crate::explain::outcome(context, o, &made.project))?;
    }
    let code = if made.outcomes.iter().any(|o| o.source.is_none()) { PARTIAL } else { DONE };
    if has_display() && !args.no_window {
        context.line(&context.say("app-demo-done", &at(&made.project)))?;
        let view = ViewArgs {
            project: Some(made.project),
            view: None,
            size: [1440, 900],
            fullscreen: false,
            ui_scale: 1.0,
            lose_device_every: None,
            culling: None,
            limits: crate::cli::LimitArgs { threads: None, memory: None, deadline: 600 },
        };
        crate::window::run(context, Some(&view))?;
    } else {
        let out = args.dir.join("demo.png");
        let session = project::open(context, &made.project)?;
        let picture = Picture {
            size: [1920, 1080],
            view: PictureView::Saved("demo".to_owned()),
            time: made.time,
            light: made.time.map(|t| light_time(t, session.time_span(), session.zone())),
            overlay: None,
            outline: None,
            map: None,
            hide: Vec::new(),
            labels: None,
            legend: None,
            faded: std::collections::BTreeMap::new(),
            ground_opacity: 1.0,
            relief: lantu_render::Relief::default(),
            stretch: lantu_tiles::Stretch::TRUE,
            right_of: None,
            simple: false,
            section: Section::default(),
            former: false,
            memory_bytes: None,
            culling: None,
        };
        let drawn = crate::picture::draw(&session, &picture, &out)?;
        if let Some(why) = drawn.failures.into_iter().next() {
            // What was built a moment ago is whole, or the disk is not to be trusted.
            return Err(why.into());
        }
        session.close()?;
        context.line(&context.say("app-demo-picture", &at(&out)))?;
        context.line(&context.say("app-demo-done", &at(&made.project)))?;
    }
    Ok(code)
}

/// How far the demo is.
pub(crate) enum Making {
    /// Its files are being written.
    Writing {
        /// What is written now.
        step: String,
        /// 0 to 1.
        fraction: f64,
    },
    /// They are being imported.
    Importing(ImportEvent),
}

/// A finished demo.
pub(crate) struct Made {
    pub(crate) project: PathBuf,
    pub(crate) outcomes: Vec<FileOutcome>,
    /// The instant that its picture shows: 55 % of the time span.
    pub(crate) time: Option<lantu_base::UtcNanos>,
}

/// Writes the district into `dir` and imports it. Makes the project anew: a demo that was changed by hand starts over.
pub(crate) fn make(
    dir: &Path,
    name: &str,
    options: &SessionOptions,
    progress: &mut dyn FnMut(Making),
) -> anyhow::Result<Made> {
    let sources = dir.join("sources");
    std::fs::create_dir_all(&sources)
        .with_context(|| format!("cannot write\nfolder: {}", sources.display()))?;
    let files = lantu_demo::generate(&sources, &mut |step, fraction| {
        progress(Making::Writing { step: step.to_owned(), fraction });
    })?;
    options.cancel.check()?;
    let project = dir.join("demo.lantu");
    remove_project(&project)?;
    let paths: Vec<PathBuf> =
        files.imports.iter().chain(&files.samples).chain([&files.channels, &files.things]).cloned().collect();
    let frame = lantu_geodesy::make_frame(DEMO_CRS, Some(DEMO_HEIGHT), "Asia/Shanghai")?;
    let mut session = Session::create(&project, name, frame, options.clone())?;
    let imported = session.import(&paths, &ImportOptions::default(), &mut |e| progress(Making::Importing(e)));
    for view in lantu_demo::VIEWS {
        session.save_view(view.name, view.eye, view.target)?;
    }
    for survey in lantu_demo::SURVEYS {
        let time = lantu_base::UtcNanos::parse(survey.time, session.zone())?;
        let (source, sigma_m) = (survey.source.to_owned(), survey.sigma_m);
        // What could not be imported is told below.
        if session.sources().iter().any(|s| s.record.id == source) {
            session.set_epoch(&lantu_session::Epoch { source, time, sigma_m })?;
        }
    }
    let span = session.time_span();
    session.close()?;
    let time = span.map(|(a, b)| lantu_base::UtcNanos(a.0 + (b.0 - a.0) / 100 * 55));
    Ok(Made { project, outcomes: imported?, time })
}

/// Whether a window can be expected to open.
pub(crate) fn has_display() -> bool {
    if cfg!(any(target_os = "windows", target_os = "macos")) {
        return true;
    }
    ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|v| std::env::var_os(v).is_some_and(|s| !s.is_empty()))
}
