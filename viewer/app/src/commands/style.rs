//! `lantu style`: how a layer is drawn.

use lantu_base::Clamp;
use lantu_session::{ColorBy, LayerStyle, Ramp};

use crate::cli::{ClampChoice, RampChoice, StyleArgs};
use crate::commands::project::{exit_code, open, open_to_change};
use crate::commands::{DONE, FAILED};
use crate::context::Context;
use crate::explain;

pub(crate) fn style(context: &Context, args: &StyleArgs) -> anyhow::Result<u8> {
    let asks = !args.reset && args.by.is_none() && args.clamp.is_none() && args.label.is_none();
    if asks {
        let session = open(context, &args.project)?;
        let style = session.layer_style(&args.source)?;
        context.line(&serde_json::to_string_pretty(&style)?)?;
        return Ok(DONE);
    }
    let mut session = open_to_change(context, &args.project)?;
    let style = if args.reset { None } else { Some(changed(session.layer_style(&args.source)?, args)) };
    let outcome = session.set_layer_style(&args.source, style.as_ref())?;
    session.close()?;
    context.line(&explain::outcome(context, &outcome, &args.project))?;
    let legend = outcome.report.diagnostics.iter().filter(|d| d.code.0 == "style.classes");
    for d in legend {
        context.line(&explain::diagnostic_words(&context.words, d))?;
    }
    Ok(if outcome.source.is_none() { FAILED } else { exit_code(&[outcome]) })
}

/// The style as it was, with what is stated now.
fn changed(before: Option<LayerStyle>, args: &StyleArgs) -> LayerStyle {
    let mut style = before.unwrap_or_default();
    if let Some(attribute) = &args.by {
        let ramp = match args.ramp {
            RampChoice::Viridis => Ramp::Viridis,
            RampChoice::Cividis => Ramp::Cividis,
            RampChoice::BlueRed => Ramp::BlueRed,
        };
        let (attribute, categories, n_classes) = (attribute.clone(), args.categories, args.classes.into());
        style.colors = Some(ColorBy { attribute, categories, n_classes, ramp });
    }
    if let Some(clamp) = args.clamp {
        style.clamp = Some(match clamp {
            ClampChoice::Drape => Clamp::Drape,
            ClampChoice::Relative => Clamp::RelativeToGround,
            ClampChoice::Absolute => Clamp::Absolute,
        });
    }
    if let Some(label) = &args.label {
        style.label = Some(label.clone());
    }
    style
}
