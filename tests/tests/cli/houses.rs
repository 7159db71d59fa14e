//! Small IFC files that tests write and change: boxes in a storey, with names and properties.

use std::fmt::Write as _;

/// A box-shaped product.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// `GlobalId`, 22 characters.
    pub(crate) id: String,
    pub(crate) class: &'static str,
    pub(crate) name: String,
    /// Corner of its placement, meters.
    pub(crate) at: [f64; 3],
    /// Turn of its placement about z, degrees.
    pub(crate) turn_deg: f64,
    /// Size of the box, which stands centered over the placement.
    pub(crate) size: [f64; 3],
    /// Set, name, value as STEP writes it.
    pub(crate) properties: Vec<(&'static str, &'static str, String)>,
}

/// One file.
#[derive(Clone, Debug)]
pub(crate) struct House {
    pub(crate) parts: Vec<Part>,
    /// Eastings, northings, height, angle in degrees of `IfcMapConversion`.
    pub(crate) map: Option<[f64; 4]>,
    /// What the ids of project, storey and relations begin with: another writer of the same model has others.
    pub(crate) prefix: char,
}

/// An id of 22 characters.
pub(crate) fn id(prefix: char, n: usize) -> String {
    // A letter, so that filters do not take it for a number.
    format!("{prefix}x{n:020}")
}

pub(crate) fn wall(n: usize, x: f64) -> Part {
    Part {
        id: id('1', n),
        class: "IFCWALL",
        name: format!("wall {n}"),
        at: [x, 2.0, 0.0],
        turn_deg: 0.0,
        size: [4.0, 0.25, 3.0],
        properties: vec![("Pset_WallCommon", "FireRating", "IFCLABEL('F30')".to_owned())],
    }
}

impl House {
    /// `n` walls, five meters apart.
    pub(crate) fn of_walls(n: u16) -> Self {
        let parts = (0..n).map(|i| wall(usize::from(i), f64::from(i) * 5.0)).collect();
        Self { parts, map: Some([455_600.0, 4_428_550.0, 40.0, 30.0]), prefix: '0' }
    }

    /// The file. Records are numbered anew with each part before, as exporters do.
    pub(crate) fn text(&self) -> String {
        let mut w = Writer::default();
        let origin = w.add("IFCCARTESIANPOINT((0.,0.,0.))");
        let axes = w.add(&format!("IFCAXIS2PLACEMENT3D({origin},$,$)"));
        let context = w.add(&format!("IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-5,{axes},$)"));
        let meter = w.add("IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.)");
        let units = w.add(&format!("IFCUNITASSIGNMENT(({meter}))"));
        let own = |n: usize| id(self.prefix, n);
        let project = w.add(&format!("IFCPROJECT('{}',$,'house',$,$,$,$,({context}),{units})", own(900_001)));
        if let Some([e, n, h, angle]) = self.map {
            let crs = w.add(&format!("IFCPROJECTEDCRS('EPSG:4548',$,$,$,$,$,{meter})"));
            let (sin, cos) = angle.to_radians().sin_cos();
            w.add(&format!("IFCMAPCONVERSION({context},{crs},{e:?},{n:?},{h:?},{cos:?},{sin:?},1.)"));
        }
        let place = w.add(&format!("IFCLOCALPLACEMENT($,{axes})"));
        let storey =
            w.add(&format!("IFCBUILDINGSTOREY('{}',$,'ground',$,$,{place},$,$,.ELEMENT.,0.)", own(900_002)));
        w.add(&format!("IFCRELAGGREGATES('{}',$,$,$,{project},({storey}))", own(900_003)));
        let products: Vec<String> =
            self.parts.iter().map(|p| w.part(p, &context, &place, self.prefix)).collect();
        let products = products.join(",");
        w.add(&format!("IFCRELCONTAINEDINSPATIALSTRUCTURE('{}',$,$,$,({products}),{storey})", own(900_004)));
        format!(
            "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\n\
             FILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n{}ENDSEC;\nEND-ISO-10303-21;\n",
            w.text
        )
    }
}

#[derive(Default)]
struct Writer {
    text: String,
    n: usize,
}

impl Writer {
    fn add(&mut self, record: &str) -> String {
        self.n += 1;
        writeln!(self.text, "#{}={record};", self.n).unwrap();
        format!("#{}", self.n)
    }

    fn part(&mut self, p: &Part, context: &str, parent: &str, prefix: char) -> String {
        let ([x, y, z], [l, d, h]) = (p.at, p.size);
        let point = self.add(&format!("IFCCARTESIANPOINT(({x:?},{y:?},{z:?}))"));
        let (sin, cos) = p.turn_deg.to_radians().sin_cos();
        let up = self.add("IFCDIRECTION((0.,0.,1.))");
        let along = self.add(&format!("IFCDIRECTION(({cos:?},{sin:?},0.))"));
        let axes = self.add(&format!("IFCAXIS2PLACEMENT3D({point},{up},{along})"));
        let place = self.add(&format!("IFCLOCALPLACEMENT({parent},{axes})"));
        let profile = self.add(&format!("IFCRECTANGLEPROFILEDEF(.AREA.,$,$,{l:?},{d:?})"));
        let solid = self.add(&format!("IFCEXTRUDEDAREASOLID({profile},$,{up},{h:?})"));
        let body = self.add(&format!("IFCSHAPEREPRESENTATION({context},'Body','SweptSolid',({solid}))"));
        let shape = self.add(&format!("IFCPRODUCTDEFINITIONSHAPE($,$,({body}))"));
        let product = self.add(&format!("{}('{}',$,'{}',$,$,{place},{shape},$,$)", p.class, p.id, p.name));
        for (n, (set, name, value)) in p.properties.iter().enumerate() {
            let value = self.add(&format!("IFCPROPERTYSINGLEVALUE('{name}',$,{value},$)"));
            let own = 1_000_000 + self.n * 10 + n;
            let set = self.add(&format!("IFCPROPERTYSET('{}',$,'{set}',$,({value}))", id(prefix, own)));
            let own = 2_000_000 + self.n * 10 + n;
            self.add(&format!("IFCRELDEFINESBYPROPERTIES('{}',$,$,$,({product}),{set})", id(prefix, own)));
        }
        product
    }
}
