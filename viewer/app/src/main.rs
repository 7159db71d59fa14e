//! The binary `lantu`: the window and the command line over the same functions.
//!
//! Owns arguments, exit codes, and the way from errors to words. Must not know how anything is done.

mod cli;
mod commands;
mod context;
mod cut_fill;
mod district;
mod explain;
mod heat;
mod labels;
mod light;
mod look;
mod map_shapes;
mod pace;
mod picture;
mod place_words;
mod png_rows;
mod refine;
mod register;
mod section_words;
mod stage;
mod studio;
mod survey;
mod views;
mod window;

use std::io::{IsTerminal as _, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::context::Context;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            // Help and version are not mistakes; everything else is exit code 2, which clap uses too.
            drop(e.print());
            return ExitCode::from(u8::try_from(e.exit_code()).unwrap_or(2));
        }
    };
    if matches!(cli.command, Some(Command::ImportWorker)) {
        return commands::worker();
    }
    let filter = tracing_subscriber::EnvFilter::try_from_env("LANTU_LOG")
        .unwrap_or_else(|_| "warn,winit=error,wgpu_core=error,wgpu_hal=error".into());
    // Colors are for terminals; in a file they are letters between the words.
    let colored = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colored).with_writer(std::io::stderr).init();
    let context = Context::new(cli.lang.as_deref());
    if let Err(e) = context.cancel_on_interrupt() {
        tracing::debug!(error = %e, "Ctrl-C cannot be caught");
    }
    match commands::run(&context, cli.command) {
        Ok(code) => ExitCode::from(code),
        Err(e) => {
            let text = explain::error(&context.words, &e);
            // Nobody is left to tell if standard error is closed.
            drop(writeln!(std::io::stderr(), "{text}"));
            ExitCode::from(1)
        }
    }
}
