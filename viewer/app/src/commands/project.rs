//! Commands about a project as a whole: new, import, info, verify.

use std::path::Path;

use anyhow::Context as _;
use lantu_session::{Access, FileOutcome, ImportOptions, Session, source_name};
use serde_json::{Value, json};

use crate::cli::{ImportArgs, InfoArgs, NewArgs, VerifyArgs};
use crate::commands::{DONE, FAILED, NOT_VERIFIED, PARTIAL};
use crate::context::Context;
use crate::explain;

pub(crate) fn new(context: &Context, args: &NewArgs) -> anyhow::Result<u8> {
    let crs = super::place::city_grid(context, args)?.unwrap_or_else(|| args.crs.clone());
    let frame = lantu_geodesy::make_frame(&crs, args.height.as_deref(), &args.time_zone)?;
    let name = args.name.clone().unwrap_or_else(|| source_name(&args.project));
    Session::create(&args.project, &name, frame, context.session_options(None)?)?.close()?;
    context.line(&context.say("app-new-done", &[("path", args.project.display().to_string().into())]))?;
    Ok(DONE)
}

pub(crate) fn import(context: &Context, args: &ImportArgs) -> anyhow::Result<u8> {
    let options = context.session_options(Some(&args.limits))?;
    let mut session = Session::open(&args.project, Access::Write, options)?;
    let stated = ImportOptions {
        importer: args.importer.clone(),
        crs: args.crs.clone(),
        height: args.height.clone(),
        source: args.source.clone(),
        first_shapes: false,
    };
    if args.source.is_some() && args.files.len() > 1 {
        anyhow::bail!(context.say("app-import-one-source", &[]));
    }
    let result = session.import(&args.files, &stated, &mut context.progress());
    session.close()?;
    let outcomes = result?;
    for outcome in &outcomes {
        context.line(&explain::outcome(context, outcome, &args.project))?;
    }
    if let Some(path) = &args.report {
        let text = serde_json::to_string_pretty(&report_json(&outcomes))?;
        std::fs::write(path, text).with_context(|| format!("cannot write\nfile: {}", path.display()))?;
    }
    Ok(exit_code(&outcomes))
}

/// 0 all, 1 none, 3 some or in part.
pub(crate) fn exit_code(outcomes: &[FileOutcome]) -> u8 {
    let n_failed = outcomes.iter().filter(|o| o.source.is_none()).count();
    if n_failed == outcomes.len() {
        FAILED
    } else if n_failed > 0 || outcomes.iter().any(FileOutcome::is_partial) {
        PARTIAL
    } else {
        DONE
    }
}

fn report_json(outcomes: &[FileOutcome]) -> Value {
    let files: Vec<Value> = outcomes
        .iter()
        .map(|o| {
            json!({
                "file": o.path.display().to_string(), "source": o.source, "placed": !o.waiting,
                "diagnostics": o.report.diagnostics, "counts": o.report.counts, "further": o.report.further,
            })
        })
        .collect();
    let all: Vec<&lantu_base::Diagnostic> = outcomes.iter().flat_map(|o| &o.report.diagnostics).collect();
    let sum = |f: fn(&lantu_base::Counts) -> u64| outcomes.iter().map(|o| f(&o.report.counts)).sum::<u64>();
    json!({
        "diagnostics": all,
        "counts": {"read": sum(|c| c.read), "kept": sum(|c| c.kept), "dropped": sum(|c| c.dropped)},
        "files": files,
    })
}

/// Opens a project for reading: nothing in it changes. Only where its cache must be rebuilt, for writing.
pub(crate) fn open(context: &Context, path: &Path) -> anyhow::Result<Session> {
    let options = context.session_options(None)?;
    let mut session = Session::open(path, Access::Read, options.clone())?;
    if session.is_incomplete() {
        match Session::open(path, Access::Write, options) {
            Ok(rebuilt) => session = rebuilt,
            // A folder that cannot be written, or a project that is open elsewhere: what is there is shown.
            Err(e) => tracing::warn!(error = %e, "the cache cannot be rebuilt"),
        }
    }
    for d in &session.notes.diagnostics {
        tracing::warn!(code = %d.code, place = %d.place, "{}", d.message);
    }
    Ok(session)
}

/// Opens a project for a change.
pub(crate) fn open_to_change(context: &Context, path: &Path) -> anyhow::Result<Session> {
    Ok(Session::open(path, Access::Write, context.session_options(None)?)?)
}

pub(crate) fn info(context: &Context, args: &InfoArgs) -> anyhow::Result<u8> {
    let session = open(context, &args.project)?;
    let info = session.info()?;
    session.close()?;
    if args.json {
        context.line(&serde_json::to_string_pretty(&info)?)?;
    } else {
        context.line(&explain::info(context, &info))?;
    }
    Ok(DONE)
}

pub(crate) fn verify(context: &Context, args: &VerifyArgs) -> anyhow::Result<u8> {
    let report = match lantu_session::verify(&args.project) {
        Ok(report) => report,
        // A file that no longer opens as a database at all is what verification exists to find.
        Err(lantu_session::SessionError::Project(e @ lantu_project::ProjectError::Damaged { .. })) => {
            context.line(&explain::error(&context.words, &e.into()))?;
            return Ok(NOT_VERIFIED);
        }
        Err(e) => return Err(e.into()),
    };
    context.line(&explain::verification(context, &report, &args.project))?;
    Ok(if report.passed() { DONE } else { NOT_VERIFIED })
}
