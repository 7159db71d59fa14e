//! Arguments of the commands about channels, readings, rules and alarms.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("from").required(true).multiple(true).args(["replay", "hj212", "sensorthings", "mqtt", "generate"])))]
pub(crate) struct FeedArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// Replay a CSV or Parquet file: time, channel, value, unit, quality, sequence, `result_time`.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["hj212", "sensorthings", "mqtt", "generate"])]
    pub(crate) replay: Option<PathBuf>,
    /// Listen there for stations that speak HJ 212: 0.0.0.0:9212. One feed may have stations, a service and a broker.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) hj212: Option<String>,
    /// Poll a service that speaks OGC `SensorThings` 1.1: <https://host:port/v1.1>, or http:// without encryption.
    #[arg(long, value_name = "URL")]
    pub(crate) sensorthings: Option<String>,
    /// Listen to a broker that speaks MQTT 3.1.1 or 5: <mqtts://host:8883>, or mqtt:// without encryption.
    #[arg(long, value_name = "URL", requires = "mapping")]
    pub(crate) mqtt: Option<String>,
    /// Made-up readings, for `lantu bench feed`.
    #[arg(long, value_name = "BEAT", hide = true, conflicts_with_all = ["hj212", "sensorthings", "mqtt"])]
    pub(crate) generate: Option<Beat>,
    /// Of --mqtt: who connects, and what topics and messages mean. Of --sensorthings alone: what --access says.
    #[arg(long, value_name = "FILE.toml", conflicts_with_all = ["replay", "generate"])]
    pub(crate) mapping: Option<PathBuf>,
    /// Of --sensorthings: user, `password_file`, `ca_file`, and `look_back_s`, the seconds before the newest observation from
    /// which on it is asked again (600).
    #[arg(long, value_name = "FILE.toml", requires = "sensorthings")]
    pub(crate) access: Option<PathBuf>,
    /// Of --sensorthings: seconds between two questions.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, requires = "sensorthings", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) every: u64,
    /// Of --sensorthings: ask once, then end.
    #[arg(long, requires = "sensorthings")]
    pub(crate) once: bool,
    /// Of --hj212: what the keys of each device mean.
    #[arg(long, value_name = "FILE.toml", requires = "hj212")]
    pub(crate) profiles: Option<PathBuf>,
    /// Of --replay: seconds of the file in a second, or max.
    #[arg(long, value_name = "max|F", default_value = "max", value_parser = parse_speed)]
    pub(crate) speed: Speed,
    /// Of --replay: the system of positions of people, vehicles and cranes, as EPSG:4326 for degrees, longitude in the
    /// channels .x and latitude in .y; default: the project's.
    #[arg(long, value_name = "CRS", requires = "replay")]
    pub(crate) positions: Option<String>,
    /// Of --positions: what their heights are above: a vertical CRS, ellipsoid, the file of a geoid grid, or meters that are
    /// added.
    #[arg(long, value_name = "HEIGHTS", requires = "positions", allow_hyphen_values = true)]
    pub(crate) heights: Option<String>,
    /// Leave later rows out; of stations: stop then.
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// What became of the readings, as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// How fast a file is replayed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Speed {
    /// As fast as possible.
    Max,
    /// So many seconds of the file in a second.
    Times(f64),
}

/// Turns of a generated feed: it rests, then sends.
#[derive(Clone, Debug)]
pub(crate) struct Beat {
    /// Milliseconds since 1970-01-01 in UTC.
    pub(crate) start_ms: i64,
    /// Messages a second.
    pub(crate) rate: f64,
    pub(crate) channels: u32,
    /// Seconds in which it sends, of each turn.
    pub(crate) on_s: f64,
    /// Seconds in which it rests before.
    pub(crate) off_s: f64,
    pub(crate) rounds: u32,
}

impl std::fmt::Display for Beat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { start_ms, rate, channels, on_s, off_s, rounds } = self;
        write!(f, "{start_ms},{rate},{channels},{on_s},{off_s},{rounds}")
    }
}

impl std::str::FromStr for Beat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "expected six numbers".to_owned();
        let mut parts = text.split(',');
        let mut number =
            || parts.next().and_then(|p| p.parse::<f64>().ok()).filter(|v| *v >= 0.0).ok_or_else(wrong);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and saturating"
        )]
        let beat = Self {
            start_ms: number()? as i64,
            rate: number()?,
            channels: number()? as u32,
            on_s: number()?,
            off_s: number()?,
            rounds: number()? as u32,
        };
        Ok(beat)
    }
}

fn parse_speed(text: &str) -> Result<Speed, String> {
    match text.parse::<f64>() {
        _ if text == "max" => Ok(Speed::Max),
        Ok(f) if f.is_finite() && f > 0.0 => Ok(Speed::Times(f)),
        _ => Err("expected max or a positive number".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(crate) struct ChannelsArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// The moment; default: the last sample.
    #[arg(long)]
    pub(crate) time: Option<String>,
    /// Instead: bindings that lead nowhere, series that stand twice, units that do not compare. Exit 3 where there are some.
    #[arg(long, conflicts_with = "time")]
    pub(crate) lint: bool,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RetentionArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// Keep these rules in the project first.
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) set: Option<PathBuf>,
    /// Keep everything from now on.
    #[arg(long, conflicts_with_all = ["set", "apply"])]
    pub(crate) clear: bool,
    /// Do it; without it nothing goes and what would is listed.
    #[arg(long)]
    pub(crate) apply: bool,
    /// Days are counted back from this moment; default: now.
    #[arg(long)]
    pub(crate) time: Option<String>,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SamplesArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// The channel.
    pub(crate) channel: String,
    /// From this moment on; default: the first sample.
    #[arg(long)]
    pub(crate) from: Option<String>,
    /// Until this moment, itself included; default: the last sample.
    #[arg(long)]
    pub(crate) to: Option<String>,
    /// Count, smallest, largest and mean of so many equal stretches instead of the samples.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) columns: Option<u32>,
    /// Only unusual readings, how unusual they are, what of them is and by what share of the range before.
    #[arg(long, conflicts_with = "columns")]
    pub(crate) unusual: bool,
    /// Output format.
    #[arg(long, value_parser = ["csv"], default_value = "csv")]
    pub(crate) format: String,
    /// Write there instead of standard output.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Run the fixtures beside rule files.
    Test {
        /// Where the files are; default: the rules that come with Lantu.
        dir: Option<PathBuf>,
    },
    /// Judge a project's sensors by rules of its own.
    Use {
        /// The project.
        project: PathBuf,
        /// The rules. A file of fixtures beside them, NAME.fixtures.toml, must hold.
        #[arg(required_unless_present = "shipped")]
        file: Option<PathBuf>,
        /// Judge them by the rules that come with Lantu again.
        #[arg(long, conflicts_with = "file")]
        shipped: bool,
    },
    /// Print the rules that a project's sensors are judged by.
    Show {
        /// The project; default: the rules that come with Lantu.
        project: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ForecastArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// The channel.
    pub(crate) channel: String,
    /// The threshold, in the channel's unit.
    #[arg(long, value_name = "X", allow_hyphen_values = true)]
    pub(crate) threshold: f64,
    /// Readings since then count; default: all.
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// Readings until then count; default: all.
    #[arg(long)]
    pub(crate) time: Option<String>,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AlarmsArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// From this moment on; default: the first sample.
    #[arg(long)]
    pub(crate) from: Option<String>,
    /// Until this moment; default: the last sample.
    #[arg(long)]
    pub(crate) to: Option<String>,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Acknowledge the alarm of this channel.
    #[arg(long, value_name = "ID", requires = "by", requires = "why")]
    pub(crate) ack: Option<String>,
    /// Silence the alarm of this channel for a while.
    #[arg(long, value_name = "ID", requires = "by", requires = "why", conflicts_with = "ack")]
    pub(crate) shelve: Option<String>,
    /// End the silence of this channel.
    #[arg(long, value_name = "ID", requires = "by", requires = "why", conflicts_with_all = ["ack", "shelve"])]
    pub(crate) unshelve: Option<String>,
    /// With --shelve: until when; default: for eight hours.
    #[arg(long, value_name = "TIME", requires = "shelve")]
    pub(crate) until: Option<String>,
    /// When that is done; default: now.
    #[arg(long)]
    pub(crate) time: Option<String>,
    /// Who does it.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// And why.
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: Option<String>,
}
