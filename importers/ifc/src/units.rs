//! Units of a file: their names and their size.

use std::collections::BTreeMap;

use lantu_base::{Code, Diagnostic, Severity};

use crate::step::{StepFile, Value};

/// Difference above which two sizes of a unit contradict each other. Chosen: above that of US survey and
/// international feet (2·10⁻⁶) and of rounded factors.
const MAX_UNIT_DEVIATION: f64 = 1e-3;
/// Deepest chain of conversion factors. Chosen: real ones have 2 levels.
const MAX_LEVELS: usize = 8;

/// Arcs that are looked at for angles that cannot be radians. Chosen: the first few tell.
const MAX_ARCS: usize = 1000;

/// The project's default units.
#[derive(Clone, Debug, Default)]
pub(crate) struct Units {
    /// Name by kind: `LENGTHUNIT` → `mm`.
    names: BTreeMap<String, String>,
    /// Meters per length unit, if the file says one.
    pub(crate) length_m: Option<f64>,
    /// Radians per angle unit; 1 if the file says none.
    pub(crate) angle_rad: f64,
    /// Units that cannot be read, contradict each other or their own name.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Units {
    /// Reads the units that the project assigns.
    pub(crate) fn read(file: &StepFile<'_>) -> Self {
        let mut out = Self { angle_rad: 1.0, ..Self::default() };
        let of_keyword = |k: &str| file.scan.of(k).next();
        let assigned = of_keyword("IFCPROJECT")
            .and_then(|p| file.args(p).get(8).and_then(Value::as_ref))
            .and_then(|id| file.get(id))
            .filter(|(k, _)| *k == "IFCUNITASSIGNMENT")
            .map(|(_, args)| args)
            .or_else(|| of_keyword("IFCUNITASSIGNMENT").map(|r| file.args(r)));
        for id in assigned.iter().filter_map(|a| a.first()).flat_map(Value::refs) {
            let Some((keyword, args)) = file.get(id) else { continue };
            let kind = match args.get(1) {
                Some(Value::Enum(kind)) => (*kind).to_owned(),
                _ if keyword == "IFCMONETARYUNIT" => "MONETARYUNIT".to_owned(),
                _ => continue,
            };
            match kind.as_str() {
                "LENGTHUNIT" => {
                    let found = size(file, id, 0);
                    out.check(file, id, found, out.length_m);
                    out.length_m = out.length_m.or(found);
                }
                "PLANEANGLEUNIT" => {
                    let found = size(file, id, 0);
                    out.check(file, id, found, None);
                    out.angle_rad = found.unwrap_or(1.0);
                }
                _ => {}
            }
            if let Some(name) = out.name(file, id) {
                out.names.entry(kind).or_insert(name);
            }
        }
        if !out.names.contains_key("PLANEANGLEUNIT") && has_degrees(file) {
            out.angle_rad = std::f64::consts::PI / 180.0;
            out.diagnostics.push(Diagnostic::new(
                Code::new("ifc.no_angle_unit"),
                Severity::Warning,
                "",
                "The project says no angle unit, and curves are trimmed beyond a full circle of radians; degrees were assumed.",
            ));
        }
        out
    }

    /// Notes what is wrong with a unit of so many SI units, where another of its kind is `known`.
    fn check(&mut self, file: &StepFile<'_>, id: u64, found: Option<f64>, known: Option<f64>) {
        let mut say = |code, what: String| {
            self.diagnostics.push(Diagnostic::new(
                Code::new(code),
                Severity::Warning,
                file.place_of(id),
                what,
            ));
        };
        let differs = |a: f64, b: f64| (a / b - 1.0).abs() > MAX_UNIT_DEVIATION;
        let Some(found) = found else {
            return say(
                "ifc.unit_unreadable",
                "The unit has no size that can be read; it was left out.".to_owned(),
            );
        };
        if known.is_some_and(|k| differs(found, k)) {
            say(
                "ifc.units_contradict",
                "The project has two length units of different size; the first counts.".to_owned(),
            );
        }
        let named = file.get(id).filter(|(k, _)| k.starts_with("IFCCONVERSIONBASEDUNIT"));
        if let Some(name) = named.and_then(|(_, args)| file.text(args.get(2)))
            && let Some(usual) = usual_size(&name)
            && differs(found, usual)
        {
            say(
                "ifc.unit_contradicts_name",
                format!(
                    "The unit is called {name}, but is {found} SI units and not {usual}; its number counts."
                ),
            );
        }
    }

    /// Name of the project's length unit; empty if it has none.
    pub(crate) fn length_name(&self) -> String {
        self.of_kind("LENGTHUNIT").unwrap_or_default()
    }

    /// Name of the project's unit of a kind: `AREAUNIT` → `m2`.
    pub(crate) fn of_kind(&self, kind: &str) -> Option<String> {
        self.names.get(kind).cloned()
    }

    /// Name of the project's unit for a measure: `IFCPOSITIVELENGTHMEASURE` → `mm`.
    pub(crate) fn of_measure(&self, measure: &str) -> Option<String> {
        let upper = measure.to_ascii_uppercase();
        let kind = upper.strip_prefix("IFC")?.strip_suffix("MEASURE")?;
        let kind = kind.strip_prefix("NONNEGATIVE").or_else(|| kind.strip_prefix("POSITIVE")).unwrap_or(kind);
        self.of_kind(&format!("{kind}UNIT"))
    }

    /// Name of the project's unit for an attribute that is a length or an area: `LayerThickness` → `mm`.
    pub(crate) fn of_attribute(&self, name: &str) -> Option<String> {
        let length =
            ["Thickness", "Elevation", "Height", "Width", "Length", "Diameter", "Depth", "FromReferenceLine"];
        if name.contains("Area") {
            return self.of_kind("AREAUNIT");
        }
        length.iter().any(|l| name.contains(l)).then(|| self.of_kind("LENGTHUNIT")).flatten()
    }

    /// Name of a unit: `mm`, `ft`, `W/(m2·K)`.
    #[expect(clippy::unused_self, reason = "units of a project are asked for their names in one place")]
    pub(crate) fn name(&self, file: &StepFile<'_>, id: u64) -> Option<String> {
        name(file, id, 0)
    }
}

/// Whether arcs are trimmed at angles that radians would not need: the file counts in degrees.
fn has_degrees(file: &StepFile<'_>) -> bool {
    let arcs = file.scan.of("IFCTRIMMEDCURVE");
    let beyond = |v: &Value<'_>| {
        let number = v.members().iter().find(|m| m.as_ref().is_none()).and_then(Value::as_f64);
        number.is_some_and(|t| t.abs() > 2.0 * std::f64::consts::TAU)
    };
    let mut counted = arcs.take(MAX_ARCS).filter(|r| {
        let args = file.args(r);
        let basis = args.first().and_then(Value::as_ref).and_then(|id| file.keyword(id));
        basis.is_some_and(|k| matches!(k, "IFCCIRCLE" | "IFCELLIPSE"))
            && args.get(1).into_iter().chain(args.get(2)).any(beyond)
    });
    counted.next().is_some()
}

fn name(file: &StepFile<'_>, id: u64, depth: usize) -> Option<String> {
    let (keyword, args) = file.get(id).filter(|_| depth < MAX_LEVELS)?;
    match keyword {
        "IFCSIUNIT" => {
            let (prefix, base) = (enum_at(&args, 2), enum_at(&args, 3)?);
            let symbol = si_symbol(base);
            Some(match (prefix.and_then(prefix_of), symbol) {
                (Some((p, _)), Some(s)) => format!("{p}{s}"),
                (None, Some(s)) => s.to_owned(),
                _ => format!("{}{}", prefix.unwrap_or_default(), base).to_lowercase(),
            })
        }
        "IFCCONVERSIONBASEDUNIT" | "IFCCONVERSIONBASEDUNITWITHOFFSET" | "IFCCONTEXTDEPENDENTUNIT" => {
            let written = file.text(args.get(2))?;
            Some(common_symbol(&written).map_or(written, str::to_owned))
        }
        "IFCDERIVEDUNIT" => {
            let mut parts: Vec<String> = Vec::new();
            for element in args.first()?.refs() {
                let (_, e) = file.get(element)?;
                let unit = name(file, e.first()?.as_ref()?, depth + 1)?;
                let power = e.get(1).and_then(Value::as_f64).unwrap_or(1.0);
                parts.push(if (power - 1.0).abs() < 1e-9 { unit } else { format!("{unit}^{power}") });
            }
            Some(parts.join("·"))
        }
        "IFCMONETARYUNIT" => match args.first()? {
            Value::Enum(e) => Some((*e).to_owned()),
            v => file.text(Some(v)),
        },
        _ => None,
    }
}

/// How many SI units one of these is: meters of a length, radians of an angle. `None` if the file does not say.
pub(crate) fn size(file: &StepFile<'_>, id: u64, depth: usize) -> Option<f64> {
    let (keyword, args) = file.get(id).filter(|_| depth < MAX_LEVELS)?;
    let found = match keyword {
        "IFCSIUNIT" => enum_at(&args, 2).map_or(Some(1.0), |p| prefix_of(p).map(|p| p.1)),
        "IFCCONVERSIONBASEDUNIT" | "IFCCONVERSIONBASEDUNITWITHOFFSET" => {
            let said = || {
                let (_, factor) = file.get(args.get(3)?.as_ref()?)?;
                let value = factor.first()?.as_f64()?;
                Some(value * size(file, factor.get(1)?.as_ref()?, depth + 1)?)
            };
            // A factor that is missing is known for what everybody calls by the same name.
            said().or_else(|| usual_size(&file.text(args.get(2))?))
        }
        _ => None,
    };
    found.filter(|f| f.is_finite() && *f > 0.0)
}

fn enum_at<'a>(args: &[Value<'a>], at: usize) -> Option<&'a str> {
    if let Some(Value::Enum(e)) = args.get(at) { Some(e) } else { None }
}

fn prefix_of(prefix: &str) -> Option<(&'static str, f64)> {
    Some(match prefix.to_ascii_uppercase().as_str() {
        "EXA" => ("E", 1e18),
        "PETA" => ("P", 1e15),
        "TERA" => ("T", 1e12),
        "GIGA" => ("G", 1e9),
        "MEGA" => ("M", 1e6),
        "KILO" => ("k", 1e3),
        "HECTO" => ("h", 1e2),
        "DECA" => ("da", 1e1),
        "DECI" => ("d", 1e-1),
        "CENTI" => ("c", 1e-2),
        "MILLI" => ("m", 1e-3),
        "MICRO" => ("µ", 1e-6),
        "NANO" => ("n", 1e-9),
        "PICO" => ("p", 1e-12),
        "FEMTO" => ("f", 1e-15),
        "ATTO" => ("a", 1e-18),
        _ => return None,
    })
}

fn si_symbol(base: &str) -> Option<&'static str> {
    Some(match base.to_ascii_uppercase().as_str() {
        "METRE" => "m",
        "SQUARE_METRE" => "m2",
        "CUBIC_METRE" => "m3",
        "GRAM" => "g",
        "SECOND" => "s",
        "AMPERE" => "A",
        "KELVIN" => "K",
        "DEGREE_CELSIUS" => "°C",
        "MOLE" => "mol",
        "CANDELA" => "cd",
        "LUMEN" => "lm",
        "LUX" => "lx",
        "RADIAN" => "rad",
        "STERADIAN" => "sr",
        "HERTZ" => "Hz",
        "NEWTON" => "N",
        "PASCAL" => "Pa",
        "JOULE" => "J",
        "WATT" => "W",
        "VOLT" => "V",
        "OHM" => "Ω",
        "FARAD" => "F",
        "COULOMB" => "C",
        "HENRY" => "H",
        "SIEMENS" => "S",
        "TESLA" => "T",
        "WEBER" => "Wb",
        _ => return None,
    })
}

/// Meters or radians of units that are known by name.
fn usual_size(name: &str) -> Option<f64> {
    Some(match common_symbol(name)? {
        "ft" => 0.3048,
        "ftUS" => 1200.0 / 3937.0,
        "in" => 0.0254,
        "yd" => 0.9144,
        "mi" => 1609.344,
        "degree" => std::f64::consts::PI / 180.0,
        _ => return None,
    })
}

fn common_symbol(name: &str) -> Option<&'static str> {
    Some(match name.trim().trim_matches('\'').to_ascii_uppercase().as_str() {
        "FOOT" | "FEET" | "FT" => "ft",
        "US SURVEY FOOT" | "US_SURVEY_FOOT" | "U.S. SURVEY FOOT" => "ftUS",
        "INCH" | "INCHES" | "IN" => "in",
        "YARD" => "yd",
        "MILE" => "mi",
        "SQUARE FOOT" => "ft2",
        "CUBIC FOOT" => "ft3",
        "SQUARE INCH" => "in2",
        "CUBIC INCH" => "in3",
        "DEGREE" | "DEGREES" => "degree",
        "LITRE" => "l",
        _ => return None,
    })
}
