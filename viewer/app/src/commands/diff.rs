//! `lantu diff`: what changed between two files, two revisions of a project, or a project and a file.

use std::path::{Path, PathBuf};

use lantu_session::{Model, Session, diff_all};

use crate::cli::DiffArgs;
use crate::commands::shape::is_project;
use crate::commands::{DONE, project};
use crate::context::{Context, write_out};

/// One side as it was named.
#[derive(Debug, PartialEq, Eq)]
enum Side {
    File(PathBuf),
    Project(PathBuf, Option<u64>),
}

pub(crate) fn diff(context: &Context, args: &DiffArgs) -> anyhow::Result<u8> {
    let (old, new) = (side(&args.old), side(&args.new));
    let mut before = models(context, args, &old)?;
    let mut after = models(context, args, &new)?;
    // A file stands for one source of a project: the one that is called as it, if there are several.
    let of_file = |s: &Side| matches!(s, Side::File(_));
    if of_file(&old) != of_file(&new) && args.source.is_none() {
        let (file, many) = if of_file(&old) { (&before, &mut after) } else { (&after, &mut before) };
        if many.len() > 1
            && let Some(name) = file.first().map(|m| m.name.clone())
        {
            if !many.iter().any(|m| m.name == name) {
                return Err(lantu_session::SessionError::Unknown { what: "source", name }.into());
            }
            many.retain(|m| m.name == name);
        }
    }
    let found = diff_all(&before, &after, &context.cancel)?;
    let text = match args.format.as_str() {
        "json" => serde_json::to_string_pretty(&found.to_json())? + "\n",
        _ => found.to_csv(),
    };
    write_out(args.out.as_deref(), &text)?;
    Ok(DONE)
}

fn models(context: &Context, args: &DiffArgs, side: &Side) -> anyhow::Result<Vec<Model>> {
    let (path, n) = match side {
        Side::File(path) => {
            let options = context.session_options(Some(&args.limits))?;
            return Ok(vec![Model::read(path, &options)?]);
        }
        Side::Project(path, n) => (path, *n),
    };
    let session: Session = project::open(context, path)?;
    let mut models = session.models_at(n)?;
    session.close()?;
    if let Some(name) = &args.source {
        models.retain(|m| m.name == *name);
        if models.is_empty() {
            let name = name.clone();
            return Err(lantu_session::SessionError::Unknown { what: "source", name }.into());
        }
    }
    Ok(models)
}

/// A file, a project, or `PROJECT@REVISION`. A file whose name has an `@` is a file.
fn side(text: &str) -> Side {
    let whole = Path::new(text);
    if let Some((path, n)) = text.rsplit_once('@').filter(|_| !whole.exists())
        && let Ok(n) = n.parse()
    {
        return Side::Project(path.into(), Some(n));
    }
    if is_project(whole) { Side::Project(whole.into(), None) } else { Side::File(whole.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_a_number_after_the_last_at_sign() {
        assert_eq!(side("a@b/x.lantu@12"), Side::Project("a@b/x.lantu".into(), Some(12)));
        assert_eq!(side("a@b/x.lantu"), Side::Project("a@b/x.lantu".into(), None));
        assert_eq!(side("model@new.ifc"), Side::File("model@new.ifc".into()));
    }
}
