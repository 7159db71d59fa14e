//! What messages mean: which channel, which member is the time, which the value. A TOML file of the user.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lantu_base::TimeZoneName;
use serde::Deserialize;

/// How a broker is spoken to, and what its messages mean.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MqttMapping {
    /// Name of this client. The broker keeps what it could not deliver under it, so it is always the same and nobody
    /// else has it.
    pub client_id: String,
    /// Version of the protocol.
    #[serde(default)]
    pub protocol: MqttVersion,
    /// User; without one nobody is named.
    #[serde(default)]
    pub user: Option<String>,
    /// File whose first line is the password.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// Certificates (PEM) that the broker's must descend from; `mqtts` needs them.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Certificate chain of this client (PEM).
    #[serde(default)]
    pub certificate_file: Option<PathBuf>,
    /// Key of this client (PEM).
    #[serde(default)]
    pub key_file: Option<PathBuf>,
    /// IANA zone of times without offset.
    #[serde(default = "utc")]
    pub zone: String,
    /// What to subscribe to; of several that fit a message the first counts.
    #[serde(rename = "topic")]
    pub topics: Vec<Topic>,
}

/// Version of MQTT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum MqttVersion {
    /// MQTT 5.
    #[default]
    #[serde(rename = "5")]
    V5,
    /// MQTT 3.1.1.
    #[serde(rename = "3.1.1")]
    V3,
}

/// Messages of one kind.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// Filter with `+` and `#`.
    pub filter: String,
    /// How a message is written.
    #[serde(default)]
    pub format: MqttFormat,
    /// Name of the channel: `{1}` is the first level of the topic, `{/id}` the member of the message at this JSON pointer.
    #[serde(default)]
    pub channel: String,
    /// JSON pointer to a list of readings; the message itself is one if absent. Other pointers begin at a reading.
    #[serde(default)]
    pub list: Option<String>,
    /// JSON pointer to the time of measuring: RFC 3339, or a number in `time_unit` since 1970.
    #[serde(default = "time_member")]
    pub time: String,
    /// Unit of a time that is a number.
    #[serde(default)]
    pub time_unit: TimeUnit,
    /// JSON pointer to the time at which the value was there, as `time`: where a laboratory or a computation comes between.
    #[serde(default)]
    pub result_time: Option<String>,
    /// JSON pointer to the value.
    #[serde(default = "value_member")]
    pub value: String,
    /// Several values of one message: end of the channel's name, JSON pointer. `value` does not count then.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// Where a thing is, instead of values: `channel` is then the thing's name.
    #[serde(default)]
    pub position: Option<Position>,
    /// Unit of the values.
    #[serde(default)]
    pub unit: String,
    /// JSON pointer to the quality: 0 or true good, 1 uncertain, anything else bad.
    #[serde(default)]
    pub quality: Option<String>,
    /// JSON pointer to a number that the source counts its messages with: what is missing is told, and two readings of one
    /// instant are both kept where it differs.
    #[serde(default)]
    pub sequence: Option<String>,
}

/// Where a message has a position.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// JSON pointer to a point of `GeoJSON`; the other pointers do not count then.
    #[serde(default)]
    pub point: Option<String>,
    /// JSON pointer to the longitude or easting.
    #[serde(default = "longitude_member")]
    pub x: String,
    /// JSON pointer to the latitude or northing.
    #[serde(default = "latitude_member")]
    pub y: String,
    /// JSON pointer to the height.
    #[serde(default)]
    pub height: Option<String>,
    /// System of the coordinates.
    #[serde(default = "degrees")]
    pub crs: String,
    /// What heights are above: a vertical CRS, `ellipsoid`, the file of a geoid grid, or meters that are added.
    #[serde(default)]
    pub heights: Option<String>,
}

/// How a message is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MqttFormat {
    /// JSON, read by pointers.
    #[default]
    Json,
    /// An observation of OGC `SensorThings` 1.1, as its MQTT binding publishes them.
    SensorThings,
}

/// Unit of a time that is a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum TimeUnit {
    /// Seconds.
    #[serde(rename = "s")]
    Seconds,
    /// Milliseconds.
    #[default]
    #[serde(rename = "ms")]
    Millis,
    /// Microseconds.
    #[serde(rename = "us")]
    Micros,
    /// Nanoseconds.
    #[serde(rename = "ns")]
    Nanos,
}

/// Whether what stands in braces can be put in: the number of a level, from 1, or a JSON pointer.
fn is_template(channel: &str) -> bool {
    let mut rest = channel;
    while let Some((_, after)) = rest.split_once('{') {
        let Some((field, after)) = after.split_once('}') else { return false };
        if !field.starts_with('/') && field.parse::<usize>().ok().is_none_or(|level| level == 0) {
            return false;
        }
        rest = after;
    }
    true
}

fn utc() -> String {
    "UTC".to_owned()
}

fn longitude_member() -> String {
    "/lon".to_owned()
}

fn latitude_member() -> String {
    "/lat".to_owned()
}

fn degrees() -> String {
    crate::place::DEGREES.to_owned()
}

fn time_member() -> String {
    "/time".to_owned()
}

fn value_member() -> String {
    "/value".to_owned()
}

impl MqttMapping {
    /// Reads a mapping.
    ///
    /// # Errors
    /// What the parser says, with the place, or what contradicts itself.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mapping: Self = toml::from_str(text).map_err(|e| e.to_string())?;
        if mapping.client_id.is_empty() {
            return Err("client_id is empty: the broker could keep nothing for it".to_owned());
        }
        TimeZoneName::new(&mapping.zone).map_err(|e| e.to_string())?;
        if mapping.topics.is_empty() {
            return Err("there is no [[topic]]: nothing would come".to_owned());
        }
        for topic in &mapping.topics {
            // Where the topic stands in the file: a filter may stand there twice, and then the first is near enough.
            let line = text.lines().position(|line| line.contains(&topic.filter)).map_or(1, |ix| ix + 1);
            topic.check().map_err(|what| format!("{what}\ntopic: {:?}\nline: {line}", topic.filter))?;
        }
        Ok(mapping)
    }
}

impl Topic {
    fn check(&self) -> Result<(), &'static str> {
        let levels: Vec<&str> = self.filter.split('/').collect();
        let last = levels.len().saturating_sub(1);
        let sound = levels.iter().enumerate().all(|(ix, l)| match *l {
            "+" => true,
            "#" => ix == last,
            other => !other.contains(['+', '#']),
        });
        if self.filter.is_empty() || !sound {
            return Err("that is no topic filter");
        }
        if self.format == MqttFormat::Json && self.channel.is_empty() {
            return Err("it does not say which channel its messages belong to");
        }
        if !is_template(&self.channel) {
            return Err(
                "the channel's name has a brace that is not closed, or that holds neither the number of a level nor a JSON pointer",
            );
        }
        let pointers = [Some(&self.time), Some(&self.value), self.list.as_ref(), self.quality.as_ref()];
        let pointers =
            pointers.into_iter().chain([self.sequence.as_ref(), self.result_time.as_ref()]).flatten();
        let position = self.position.iter();
        let places = position.flat_map(|p| [Some(&p.x), Some(&p.y), p.point.as_ref(), p.height.as_ref()]);
        let mut all = pointers.chain(self.values.values()).chain(places.flatten());
        if all.any(|p| !p.is_empty() && !p.starts_with('/')) {
            return Err("a JSON pointer begins with /");
        }
        if let Some(position) = &self.position {
            if self.format != MqttFormat::Json || !self.values.is_empty() {
                return Err("a position is in meters, and comes instead of values");
            }
            if lantu_geodesy::Crs::parse(&position.crs).is_err() {
                return Err("the crs of its positions is not known");
            }
        }
        Ok(())
    }

    /// Whether a message of this topic is one of these.
    pub(crate) fn fits(&self, topic: &str) -> bool {
        let mut levels = topic.split('/');
        for wanted in self.filter.split('/') {
            match (wanted, levels.next()) {
                // What begins with $ is the broker's own.
                ("#", _) => return !topic.starts_with('$'),
                ("+", Some(_)) => {}
                (wanted, Some(level)) if wanted == level => {}
                _ => return false,
            }
        }
        levels.next().is_none()
    }
}
