//! `lantu bench`: what frames cost, on districts of any size.

mod boxes;
pub(crate) mod city;
mod corpus;
mod cost;
mod feed;
mod frames;
mod library;
mod nab;
mod raster;
mod recolor;
mod store;

pub(crate) use feed::Generator;

use crate::cli::BenchCommand;
use crate::context::Context;

pub(crate) fn bench(context: &Context, command: &BenchCommand) -> anyhow::Result<u8> {
    match command {
        BenchCommand::City(args) => city::city(context, args),
        BenchCommand::Corpus(args) => corpus::corpus(context, args),
        BenchCommand::Library(args) => library::library(context, args),
        BenchCommand::Boxes(args) => boxes::boxes(context, args),
        BenchCommand::Raster(args) => raster::raster(context, args),
        BenchCommand::Frames(args) => frames::frames(context, args),
        BenchCommand::Feed(args) => feed::feed(context, args),
        BenchCommand::Nab(args) => nab::nab(context, args),
        BenchCommand::Recolor(args) => recolor::recolor(context, args),
        BenchCommand::Store(args) => store::store(context, args),
    }
}
