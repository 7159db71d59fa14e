//! What the keys of a device mean: names, units, factors. Units are mixed in the field, so a device has a profile.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Profiles of devices.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profiles {
    /// IANA zone in which devices write `DataTime`.
    #[serde(default = "shanghai")]
    pub zone: String,
    /// Whether devices that are not listed may send.
    #[serde(default = "yes")]
    pub accept_unlisted: bool,
    /// Keys of all devices that do not say otherwise, by factor: `a34004`.
    #[serde(default = "usual_keys")]
    pub keys: BTreeMap<String, Key>,
    /// Devices by `MN`.
    #[serde(default)]
    pub devices: BTreeMap<String, Device>,
}

/// One device.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Its `PW`; any if absent.
    #[serde(default)]
    pub password: Option<String>,
    /// What its channels begin with; its `MN` if absent.
    #[serde(default)]
    pub name: Option<String>,
    /// Keys that mean something else here.
    #[serde(default)]
    pub keys: BTreeMap<String, Key>,
}

/// What a key means.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Unit that the device writes; empty if nobody knows, and then no rule judges it.
    #[serde(default)]
    pub unit: String,
    /// End of the channel's name; the key if absent.
    #[serde(default)]
    pub channel: Option<String>,
}

fn shanghai() -> String {
    "Asia/Shanghai".to_owned()
}

fn yes() -> bool {
    true
}

/// Keys of dust and noise stations whose unit does not differ between devices; the others have none.
/// Source: HJ 212-2017, appendix B, and packets of three makers (concentrations and pressure are in mixed units).
fn usual_keys() -> BTreeMap<String, Key> {
    [
        ("a34001", ""),
        ("a34002", ""),
        ("a34004", ""),
        ("LA", "dB(A)"),
        ("Leq", "dB(A)"),
        ("L5", "dB(A)"),
        ("L10", "dB(A)"),
        ("L50", "dB(A)"),
        ("L90", "dB(A)"),
        ("L95", "dB(A)"),
        ("LMx", "dB(A)"),
        ("LMn", "dB(A)"),
        ("Ld", "dB(A)"),
        ("Ln", "dB(A)"),
        ("Ldn", "dB(A)"),
        ("a01001", "°C"),
        ("a01002", "%"),
        ("a01006", ""),
        ("a01007", "m/s"),
        ("a01008", "°"),
    ]
    .into_iter()
    .map(|(k, unit)| (k.to_owned(), Key { unit: unit.to_owned(), channel: None }))
    .collect()
}

impl Default for Profiles {
    fn default() -> Self {
        let (zone, keys) = (shanghai(), usual_keys());
        Self { zone, accept_unlisted: true, keys, devices: BTreeMap::new() }
    }
}

impl Profiles {
    /// Reads a file of profiles (TOML).
    ///
    /// # Errors
    /// What the parser says, with the place.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|e| e.to_string())
    }

    /// Whether a device may send.
    pub(crate) fn admits(&self, mn: &str, password: Option<&str>) -> Result<(), &'static str> {
        match self.devices.get(mn) {
            None if !self.accept_unlisted => Err("a device that is not listed"),
            Some(Device { password: Some(p), .. }) if Some(p.as_str()) != password => Err("a wrong password"),
            _ => Ok(()),
        }
    }

    pub(crate) fn key(&self, mn: &str, factor: &str) -> Option<&Key> {
        self.devices.get(mn).and_then(|d| d.keys.get(factor)).or_else(|| self.keys.get(factor))
    }

    pub(crate) fn name<'a>(&'a self, mn: &'a str) -> &'a str {
        self.devices.get(mn).and_then(|d| d.name.as_deref()).unwrap_or(mn)
    }
}
