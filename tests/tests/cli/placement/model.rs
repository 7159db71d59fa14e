//! Models whose georeference tests write: generated ones, and real ones edited as text.

use std::fmt::Write as _;

/// How a file says where it lies.
#[derive(Clone, Debug)]
pub(crate) struct Says {
    pub(crate) crs: String,
    /// Eastings, northings, height, in the map's unit.
    pub(crate) offset: [f64; 3],
    pub(crate) turn_deg: f64,
    /// `None`: what the units ask for.
    pub(crate) scale: Option<f64>,
    /// Prefix of the map's meter: `$` or `.MILLI.`.
    pub(crate) map_prefix: &'static str,
    /// Prefix of the project's length unit, where the file is to say another one than it has.
    pub(crate) project_prefix: Option<&'static str>,
    /// What the placement of the site moves by, meters.
    pub(crate) site: [f64; 3],
    /// There is a map conversion.
    pub(crate) map: bool,
    /// Latitude and longitude of the site as STEP writes them.
    pub(crate) lat_long: Option<[f64; 2]>,
    /// True north, clockwise from y, degrees.
    pub(crate) true_north_deg: Option<f64>,
}

/// One model: the text of a STEP file without a place on the ground.
pub(crate) struct Model {
    pub(crate) name: &'static str,
    text: String,
    /// Meters per length unit.
    pub(crate) unit_m: f64,
}

impl Model {
    /// An office of two storeys with walls, windows and doors, `size` meters, in millimeters or meters.
    pub(crate) fn office(name: &'static str, size: [f64; 2], unit_m: f64) -> Self {
        let mut w = Step::default();
        let prefix = if unit_m < 0.5 { ".MILLI." } else { "$" };
        let mm = |v: f64| v / unit_m;
        let zero = w.add("IFCCARTESIANPOINT((0.,0.,0.))");
        let axes = w.add(&format!("IFCAXIS2PLACEMENT3D({zero},$,$)"));
        let context = w.add(&format!("IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-5,{axes},$)"));
        let unit = w.add(&format!("IFCSIUNIT(*,.LENGTHUNIT.,{prefix},.METRE.)"));
        let units = w.add(&format!("IFCUNITASSIGNMENT(({unit}))"));
        let project =
            w.add(&format!("IFCPROJECT('0000000000000000000001',$,'p',$,$,$,$,({context}),{units})"));
        let site_place = w.add(&format!("IFCLOCALPLACEMENT($,{axes})"));
        let site = w.add(&format!(
            "IFCSITE('0000000000000000000002',$,'s',$,$,{site_place},$,$,.ELEMENT.,$,$,$,$,$)"
        ));
        let place = w.add(&format!("IFCLOCALPLACEMENT({site_place},{axes})"));
        let storey =
            w.add(&format!("IFCBUILDINGSTOREY('0000000000000000000003',$,'g',$,$,{place},$,$,.ELEMENT.,0.)"));
        w.add(&format!("IFCRELAGGREGATES('0000000000000000000004',$,$,$,{project},({site}))"));
        w.add(&format!("IFCRELAGGREGATES('0000000000000000000005',$,$,$,{site},({storey}))"));
        let up = w.add("IFCDIRECTION((0.,0.,1.))");
        let [a, b] = size;
        let mut parts = Vec::new();
        for level in 0..2_u8 {
            let z = f64::from(level) * 3.2;
            for (x, y, dx, dy) in [
                (a / 2.0, 0.15, a, 0.3),
                (a / 2.0, b - 0.15, a, 0.3),
                (0.15, b / 2.0, 0.3, b),
                (a - 0.15, b / 2.0, 0.3, b),
            ] {
                parts.push(("IFCWALL", [x, y, z], [dx, dy, 3.0]));
            }
            for k in 0..4_u8 {
                parts.push(("IFCWINDOW", [2.0 + f64::from(k) * 2.5, 0.15, z + 0.9], [1.2, 0.1, 1.4]));
            }
            parts.push(("IFCDOOR", [a / 2.0, b - 0.15, z], [1.0, 0.1, 2.1]));
            parts.push(("IFCSLAB", [a / 2.0, b / 2.0, z - 0.2], [a, b, 0.2]));
        }
        let mut ids = Vec::new();
        for (n, (class, at, size)) in parts.iter().enumerate() {
            let [x, y, z] = at.map(mm);
            let [dx, dy, dz] = size.map(mm);
            let at = w.add(&format!("IFCCARTESIANPOINT(({x:?},{y:?},{z:?}))"));
            let at = w.add(&format!("IFCAXIS2PLACEMENT3D({at},$,$)"));
            let at = w.add(&format!("IFCLOCALPLACEMENT({place},{at})"));
            let profile = w.add(&format!("IFCRECTANGLEPROFILEDEF(.AREA.,$,$,{dx:?},{dy:?})"));
            let solid = w.add(&format!("IFCEXTRUDEDAREASOLID({profile},{axes},{up},{dz:?})"));
            let shape = w.add(&format!("IFCSHAPEREPRESENTATION({context},'Body','SweptSolid',({solid}))"));
            let shape = w.add(&format!("IFCPRODUCTDEFINITIONSHAPE($,$,({shape}))"));
            let id = format!("1000000000000000000{n:03}");
            let rest = match *class {
                "IFCWALL" | "IFCSLAB" => ",$",
                _ => ",$,$,$,$,$",
            };
            ids.push(w.add(&format!("{class}('{id}',$,'{class} {n}',$,$,{at},{shape},$ {rest})")));
        }
        w.add(&format!(
            "IFCRELCONTAINEDINSPATIALSTRUCTURE('0000000000000000000006',$,$,$,({}),{storey})",
            ids.join(",")
        ));
        let text = format!(
            "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\n\
             FILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n{}ENDSEC;\nEND-ISO-10303-21;\n",
            w.text
        );
        Self { name, text, unit_m }
    }

    /// A real file as it is.
    pub(crate) fn real(name: &'static str, text: String, unit_m: f64) -> Self {
        Self { name, text, unit_m }
    }

    /// The file as it stands on no ground.
    pub(crate) fn plain(&self) -> String {
        without_ground(&self.text)
    }

    /// The file with what `says` says.
    pub(crate) fn with(&self, says: &Says) -> String {
        let mut text = self.plain();
        let context = first_id(&text, "IFCGEOMETRICREPRESENTATIONCONTEXT(");
        let own = 9_000_000;
        let mut more = String::new();
        if says.map {
            let map_m = if says.map_prefix == "$" { 1.0 } else { 0.001 };
            let scale = says.scale.unwrap_or(self.unit_m / map_m);
            let [e, n, h] = says.offset;
            let (sin, cos) = says.turn_deg.to_radians().sin_cos();
            writeln!(more, "#{own}=IFCSIUNIT(*,.LENGTHUNIT.,{},.METRE.);", says.map_prefix).unwrap();
            writeln!(more, "#{}=IFCPROJECTEDCRS('{}',$,$,$,$,$,#{own});", own + 1, says.crs).unwrap();
            writeln!(
                more,
                "#{}=IFCMAPCONVERSION({context},#{},{e:?},{n:?},{h:?},{cos:?},{sin:?},{scale:?});",
                own + 2,
                own + 1
            )
            .unwrap();
        }
        if says.site.iter().any(|v| *v != 0.0) {
            let [x, y, z] = says.site.map(|v| v / self.unit_m);
            writeln!(more, "#{}=IFCCARTESIANPOINT(({x:?},{y:?},{z:?}));", own + 3).unwrap();
            writeln!(more, "#{}=IFCAXIS2PLACEMENT3D(#{},$,$);", own + 4, own + 3).unwrap();
            let site = record(&text, "IFCSITE(", None).unwrap();
            let placement = text[argument(&text, site, 5)].to_owned();
            let start = numbered(&text, &placement);
            replace(&mut text, start, 1, &format!("#{}", own + 4));
        }
        let dms = |v: f64| {
            let s = (v.abs() * 3600.0 * 1e6).round();
            let (d, m) = ((s / 3.6e9).floor(), ((s % 3.6e9) / 6e7).floor());
            let (sec, mic) = (((s % 6e7) / 1e6).floor(), s % 1e6);
            format!("({d:.0},{m:.0},{sec:.0},{mic:.0})")
        };
        let (lat, long) = match says.lat_long {
            Some([lat, long]) => (dms(lat), dms(long)),
            None => ("$".to_owned(), "$".to_owned()),
        };
        let site = record(&text, "IFCSITE(", None).unwrap();
        replace(&mut text, site, 10, &long);
        replace(&mut text, site, 9, &lat);
        let start = record(&text, "IFCGEOMETRICREPRESENTATIONCONTEXT(", None).unwrap();
        let north = match says.true_north_deg {
            Some(deg) => {
                let (x, y) = deg.to_radians().sin_cos();
                writeln!(more, "#{}=IFCDIRECTION(({x:?},{y:?}));", own + 6).unwrap();
                format!("#{}", own + 6)
            }
            None => "$".to_owned(),
        };
        replace(&mut text, start, 5, &north);
        if let Some(prefix) = says.project_prefix {
            let unit = record(&text, "IFCSIUNIT(", Some(".LENGTHUNIT.")).unwrap();
            replace(&mut text, unit, 2, prefix);
        }
        let end = text.rfind("ENDSEC;").unwrap();
        text.insert_str(end, &more);
        text
    }
}

#[derive(Default)]
struct Step {
    text: String,
    n: usize,
}

impl Step {
    fn add(&mut self, record: &str) -> String {
        self.n += 1;
        writeln!(self.text, "#{}={record};", self.n).unwrap();
        format!("#{}", self.n)
    }
}

/// The id of the first record of a kind.
fn first_id(text: &str, keyword: &str) -> String {
    let at = text.find(keyword).unwrap_or_else(|| panic!("no {keyword}"));
    let start = text[..at].rfind('#').unwrap();
    text[start..at].trim_end_matches(['=', ' ']).to_owned()
}

fn without_ground(text: &str) -> String {
    let mut out = text.to_owned();
    for keyword in ["IFCMAPCONVERSION(", "IFCPROJECTEDCRS("] {
        while let Some(at) = out.find(keyword) {
            let start = out[..at].rfind('#').unwrap();
            let end = at + out[at..].find(';').unwrap() + 1;
            out.replace_range(start..end, "");
        }
    }
    out
}

/// Where the arguments of the first record of a kind begin that has `holds` in it.
fn record(text: &str, keyword: &str, holds: Option<&str>) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = text[from..].find(keyword) {
        let start = from + found + keyword.len();
        let end = start + text[start..].find(';').unwrap();
        if holds.is_none_or(|h| text[start..end].contains(h)) {
            return Some(start);
        }
        from = end;
    }
    None
}

/// Where the arguments of a record with an id begin.
fn numbered(text: &str, id: &str) -> usize {
    let at = text.find(&format!("\n{id}=")).unwrap();
    at + text[at..].find('(').unwrap() + 1
}

/// Bounds of an argument of the record whose arguments begin at `start`.
fn argument(text: &str, start: usize, index: usize) -> std::ops::Range<usize> {
    let (mut depth, mut quoted, mut n, mut begin) = (0_i32, false, 0, start);
    for (i, c) in text[start..].char_indices() {
        let at = start + i;
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' | ',' if !quoted && depth == 0 => {
                if n == index {
                    return begin..at;
                }
                n += 1;
                begin = at + 1;
            }
            ')' if !quoted => depth -= 1,
            _ => {}
        }
    }
    panic!("no argument {index}")
}

fn replace(text: &mut String, start: usize, index: usize, value: &str) {
    let range = argument(text, start, index);
    text.replace_range(range, value);
}
