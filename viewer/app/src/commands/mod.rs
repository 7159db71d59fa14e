//! One function a command; each returns its exit code.

mod alignment;
mod asbuilt;
pub(crate) mod bench;
mod channels_lint;
mod clearance;
pub(crate) mod demo;
mod diff;
mod earthworks;
mod feed;
mod forecast;
mod ground;
mod heat;
mod live;
pub(crate) mod overlay;
mod place;
mod progress;
pub(crate) mod project;
mod retention;
mod risk;
mod risk_rules;
mod said;
mod schedule;
mod schedule_lint;
mod shape;
mod snapshot;
mod style;
pub(crate) mod tables;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use lantu_ingest::Importer;

use crate::cli::Command;
use crate::context::Context;

/// Done.
pub(crate) const DONE: u8 = 0;
/// Failed.
pub(crate) const FAILED: u8 = 1;
/// Done in part.
pub(crate) const PARTIAL: u8 = 3;
/// Verification failed.
pub(crate) const NOT_VERIFIED: u8 = 4;

/// Runs a command.
pub(crate) fn run(context: &Context, command: Option<Command>) -> anyhow::Result<u8> {
    match command {
        None => crate::window::run(context, None),
        Some(Command::View(args)) => crate::window::run(context, Some(&args)),
        Some(Command::Demo(args)) => demo::demo(context, &args),
        Some(Command::New(args)) => project::new(context, &args),
        Some(Command::Import(args)) => project::import(context, &args),
        Some(Command::Inspect(args)) => tables::inspect(context, &args),
        Some(Command::Info(args)) => project::info(context, &args),
        Some(Command::Objects(args)) => tables::objects(context, &args),
        Some(Command::Properties(args)) => tables::properties(context, &args),
        Some(Command::Alignment(args)) => alignment::alignment(context, &args),
        Some(Command::Mesh(args)) => shape::mesh(context, &args),
        Some(Command::Diff(args)) => diff::diff(context, &args),
        Some(Command::Overlay(args)) => overlay::overlay(context, &args),
        Some(Command::Clearance(args)) => clearance::clearance(context, &args),
        Some(Command::Schedule(args)) => schedule::schedule(context, &args),
        Some(Command::Progress(args)) => progress::progress(context, &args),
        Some(Command::AsBuilt(args)) => asbuilt::asbuilt(context, &args),
        Some(Command::Risk(args)) => risk::risk(context, &args),
        Some(Command::Heat(args)) => heat::heat(context, &args),
        Some(Command::Feed(args)) => feed::feed(context, &args),
        Some(Command::Channels(args)) => live::channels(context, &args),
        Some(Command::Retention(args)) => retention::retention(context, &args),
        Some(Command::Samples(args)) => live::samples(context, &args),
        Some(Command::Rules(command)) => live::rules(context, &command),
        Some(Command::Forecast(args)) => forecast::forecast(context, &args),
        Some(Command::Alarms(args)) => live::alarms(context, &args),
        Some(Command::Snapshot(args)) => snapshot::snapshot(context, &args),
        Some(Command::Placement(args)) => place::placement(context, &args),
        Some(Command::Style(args)) => style::style(context, &args),
        Some(Command::Control(args)) => place::control(context, &args),
        Some(Command::Relink(args)) => place::relink(context, &args),
        Some(Command::Verify(args)) => project::verify(context, &args),
        Some(Command::Transform(args)) => tables::transform(context, &args),
        Some(Command::Height(args)) => ground::height(context, &args),
        Some(Command::Profile(args)) => ground::profile(context, &args),
        Some(Command::Volume(args)) => ground::volume(context, &args),
        Some(Command::Bench(command)) => bench::bench(context, &command),
        Some(Command::ImportWorker) => Ok(FAILED),
    }
}

/// Removes a project that is made anew, if it is there.
pub(crate) fn remove_project(project: &Path) -> anyhow::Result<()> {
    let beside = |extension: &str| project.with_extension(extension);
    for old in [project.to_path_buf(), beside("lantu-wal"), beside("lantu-shm")] {
        match std::fs::remove_file(&old) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(e).with_context(|| format!("cannot replace\nfile: {}", old.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Runs one import job from standard input: the only place that links the importers.
pub(crate) fn worker() -> ExitCode {
    let importers: [&dyn Importer; 7] = [
        &lantu_ifc::IfcImporter,
        &lantu_raster::RasterImporter,
        &lantu_city::CityImporter,
        &lantu_city::PointsImporter,
        &lantu_city::MeshImporter,
        &lantu_vector::VectorImporter,
        &lantu_tables::TablesImporter,
    ];
    match lantu_session::worker_main(&importers) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader is gone, or never sent a job: there is nobody to tell.
        Err(_closed) => ExitCode::FAILURE,
    }
}
