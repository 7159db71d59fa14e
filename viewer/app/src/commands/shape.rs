//! `lantu mesh`: the exact triangles of one object as a file.

use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;
use lantu_session::Model;

use crate::cli::{MeshArgs, MeshFormat};
use crate::commands::{DONE, project};
use crate::context::Context;

pub(crate) fn mesh(context: &Context, args: &MeshArgs) -> anyhow::Result<u8> {
    let shape = if is_project(&args.from) {
        let session = project::open(context, &args.from)?;
        let shape = session.object_shape(&args.object)?;
        session.close()?;
        shape
    } else {
        let options = context.session_options(Some(&args.limits))?;
        Model::read(&args.from, &options)?.object_shape(&args.object)?
    };
    let write = |path: &Path, bytes: &[u8]| {
        std::fs::write(path, bytes).with_context(|| format!("cannot write\nfile: {}", path.display()))
    };
    match args.format {
        MeshFormat::Obj => {
            let materials = args.out.with_extension("mtl");
            let name = materials.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let (obj, mtl) = shape.to_obj(&name);
            write(&materials, mtl.as_bytes())?;
            write(&args.out, obj.as_bytes())?;
        }
        MeshFormat::Glb => write(&args.out, &shape.to_glb()?)?,
    }
    let n: u64 = shape.parts.iter().map(|p| (p.indices.len() / 3) as u64).sum();
    let said = [("path", args.out.display().to_string().into()), ("n", n.into())];
    context.line(&context.say("app-mesh-done", &said))?;
    Ok(DONE)
}

/// Whether a path names a project rather than a file that could be imported: by its ending, or because it is a
/// SQLite database that does not call itself a GeoPackage.
pub(crate) fn is_project(path: &Path) -> bool {
    let ends = |ending: &str| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending));
    let mut head = Vec::new();
    let read = std::fs::File::open(path).and_then(|f| f.take(16).read_to_end(&mut head));
    ends("lantu") || (read.is_ok() && head == b"SQLite format 3\0" && !ends("gpkg"))
}
