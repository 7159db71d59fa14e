//! `lantu forecast`: when a channel will cross a threshold.

use anyhow::bail;
use lantu_base::ChannelId;
use lantu_live::{Forecast, NoForecast};
use serde_json::{Map, Value, json};

use crate::cli::ForecastArgs;
use crate::commands::{DONE, live, project};
use crate::context::Context;

pub(crate) fn forecast(context: &Context, args: &ForecastArgs) -> anyhow::Result<u8> {
    if !args.threshold.is_finite() {
        bail!("the threshold is no number\nthreshold: {}", args.threshold);
    }
    let session = project::open(context, &args.project)?;
    let span = live::span(&session, args.from.as_deref(), args.time.as_deref())?;
    let id = ChannelId(args.channel.as_str().into());
    if !session.time_store().channels().any(|c| *c == id) {
        bail!("the project has no samples of this channel\nchannel: {:?}", args.channel);
    }
    let made = lantu_live::forecast(session.time_store(), &id, span, args.threshold);
    session.close()?;
    if args.json {
        let mut out =
            json!({ "channel": args.channel, "threshold": args.threshold, "time": span.1.to_string() });
        if let Some(out) = out.as_object_mut() {
            out.extend(json_of(&made));
        }
        context.line(&serde_json::to_string_pretty(&out)?)?;
        return Ok(DONE);
    }
    let text = match made {
        Ok(f) => context.say(
            "app-forecast-crossing",
            &[
                ("n", (f.n as u64).into()),
                ("from", f.series.0.to_string().into()),
                ("to", f.series.1.to_string().into()),
                ("slope", format!("{:.4}", f.slope_per_day).into()),
                ("low", format!("{:.4}", f.slope_interval.0).into()),
                ("high", format!("{:.4}", f.slope_interval.1).into()),
                ("crossing", f.crossing.to_string().into()),
                ("earliest", f.crossing_interval.0.to_string().into()),
                ("latest", f.crossing_interval.1.map_or_else(|| "∞".to_owned(), |t| t.to_string()).into()),
            ],
        ),
        Err(why) => {
            let why = context.say(told(why), &[]);
            context.say("app-forecast-refused", &[("reason", why.into())])
        }
    };
    context.line(&text)?;
    Ok(DONE)
}

fn json_of(made: &Result<Forecast, NoForecast>) -> Map<String, Value> {
    let slope = |slope: f64, (low, high): (f64, f64)| {
        vec![("slope_per_day", json!(slope)), ("slope_interval", json!([low, high]))]
    };
    let (mut fields, refused) = match *made {
        Ok(f) => {
            let mut fields = slope(f.slope_per_day, f.slope_interval);
            let (earliest, latest) = f.crossing_interval;
            fields.extend([
                ("level", json!(f.level)),
                ("n", json!(f.n)),
                ("from", json!(f.series.0.to_string())),
                ("to", json!(f.series.1.to_string())),
                ("crossing", json!(f.crossing.to_string())),
                ("crossing_interval", json!([earliest.to_string(), latest.map(|t| t.to_string())])),
            ]);
            (fields, None)
        }
        Err(why) => {
            let fields = match why {
                NoForecast::NoTrend { slope_per_day, slope_interval }
                | NoForecast::Away { slope_per_day, slope_interval } => slope(slope_per_day, slope_interval),
                NoForecast::TooFar { slope_per_day } => vec![("slope_per_day", json!(slope_per_day))],
                NoForecast::Reached { level } => vec![("level", json!(level))],
                NoForecast::TooFew { n } => vec![("n", json!(n))],
                NoForecast::Step { at, levels } => {
                    vec![("step", json!(at.to_string())), ("levels", json!([levels.0, levels.1]))]
                }
            };
            (fields, Some(reason(why)))
        }
    };
    fields.push(("refused", json!(refused)));
    fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
}

/// Message of a refusal, the one of the window's charts.
fn told(why: NoForecast) -> &'static str {
    match why {
        NoForecast::TooFew { .. } => "forecast-too-few",
        NoForecast::NoTrend { .. } => "forecast-no-trend",
        NoForecast::Away { .. } => "forecast-away",
        NoForecast::Reached { .. } => "forecast-reached",
        NoForecast::Step { .. } => "forecast-step",
        NoForecast::TooFar { .. } => "forecast-too-far",
    }
}

/// Stable word for a refusal.
fn reason(why: NoForecast) -> &'static str {
    match why {
        NoForecast::TooFew { .. } => "too few readings",
        NoForecast::NoTrend { .. } => "the interval of the slope holds zero",
        NoForecast::Away { .. } => "it moves away from the threshold",
        NoForecast::Reached { .. } => "the threshold is reached already",
        NoForecast::Step { .. } => "it moved in one step, not steadily",
        NoForecast::TooFar { .. } => "the crossing is more than a thousand years away",
    }
}
