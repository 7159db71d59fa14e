//! The stream that an importer writes: `Begin`, then any number of batches in any order, then `End`.
//!
//! Objects are numbered by their order in the stream, from 0: `object` in every record is that number, and an
//! object's record comes before the records that name it. Geometry is in the source's frame (see [`Begin`]).

use lantu_base::{Counts, Diagnostic, FeatureGeometry, FeatureStyle, RasterGrid, TileCoord, TimeZoneName};
use lantu_schedule::{Civil, Plan, PlanTask};
use serde::{Deserialize, Serialize};

use crate::facts::{EntryRecord, Fact};

/// A first coarse look at a raster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RasterPreview {
    /// Its own small grid, over the same ground.
    pub grid: RasterGrid,
    /// All its tiles.
    pub tiles: Vec<RasterTile>,
    /// Share of the source's blocks that it was made from, where there was no time for all; `None`: from all, by the
    /// file's own overviews.
    pub sampled_share: Option<f64>,
}

/// One message of the stream. At most 4096 rows each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Batch {
    /// First message of every stream.
    Begin(Begin),
    /// Objects, in row order.
    Objects(Vec<ObjectRecord>),
    /// Type, container, materials, classifications of objects.
    Details(Vec<ObjectDetail>),
    /// Relations between objects of this source.
    Relations(Vec<RelationRecord>),
    /// Triangles of objects (IFC).
    Meshes(Vec<MeshRecord>),
    /// Shapes that stand in many places.
    Templates(Vec<TemplateRecord>),
    /// Places of templates; a template comes before the first of its places.
    Instances(Vec<InstanceRecord>),
    /// Points of clouds. Their objects may come after them, numbered in the order in which they then come.
    Points(Vec<PointsRecord>),
    /// Points, lines, polygons of objects (GIS).
    Features(Vec<FeatureRecord>),
    /// Words at places: stations, names of grid axes, texts of annotations.
    Labels(Vec<LabelRecord>),
    /// Properties and quantities of objects.
    Properties(Vec<PropertyRecord>),
    /// What has an id but is no object: types, tasks, cost items, relations.
    Entries(Vec<EntryRecord>),
    /// A raster pyramid starts; `RasterTiles` for it follow.
    RasterBegin(RasterBegin),
    /// Encoded tiles of the raster that began last.
    RasterTiles(Vec<RasterTile>),
    /// A first coarse look at the raster that began last, while its import goes on.
    RasterPreview(RasterPreview),
    /// Tasks of a schedule (records, not objects).
    Tasks(Vec<TaskRecord>),
    /// The whole schedule that the tasks belong to: calendars, links, resources, baselines.
    Plan(Box<Plan>),
    /// Sensor samples (records, not objects).
    Samples(Vec<SampleRecord>),
    /// What sensor channels measure and where.
    Bindings(Vec<BindingRecord>),
    /// Something is wrong, missing or approximated.
    Diagnostic(Diagnostic),
    /// How far the import is; `total` is 0 while unknown.
    Progress {
        /// Steps done.
        done: u64,
        /// Steps in all.
        total: u64,
    },
    /// Last message of every complete stream.
    End(End),
    /// Properties and quantities that the worker counted and did not send, since nobody asked for them.
    Counted {
        /// Of property sets.
        properties: u64,
        /// Of quantity sets.
        quantities: u64,
    },
    /// What the import cost, written by the worker after the importer is done.
    Usage {
        /// CPU seconds of the worker, all threads.
        cpu_s: f64,
        /// Largest resident size of the worker, bytes; 0 where the system does not tell.
        peak_rss_bytes: u64,
    },
    /// Last message of a stream that failed: nothing of the file can be used. Written by the worker, not by
    /// importers, from the error that they return.
    Failed {
        /// Stable code: `ifc.not_step`, `import.read`.
        code: String,
        /// One sentence: what was expected and what was found.
        what: String,
        /// Line, byte, band, feature; empty for the file as a whole.
        place: String,
    },
}

/// What the file as a whole says.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Begin {
    /// Importer's name: `ifc`, `raster`, `vector`, `tables`.
    pub importer: String,
    /// Schema or driver: `IFC4X3_ADD2`, `GTiff`, `GeoJSON`, `schedule`.
    pub schema: String,
    /// CRS of the geometry in this stream: the project CRS where the importer reprojected (GIS);
    /// the file's own otherwise; `None` if it says none.
    pub crs: Option<String>,
    /// The file's own CRS as it declares it, before any reprojection.
    pub declared_crs: Option<String>,
    /// The file's own length unit as it declares it: `mm`, `m`, `ft`, `degree`. Geometry in the stream is in
    /// meters, except a vector or raster stream in [`crate::ImportMode::Inspect`], which stays in the layer's CRS.
    pub unit: String,
    /// How the file says that it lies on the ground.
    pub georeference: Georeference,
    /// What else the file says of its place, to weigh the georeference against.
    #[serde(default)]
    pub hints: Box<PlaceHints>,
}

/// What a model says of its place besides its georeference.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct PlaceHints {
    /// Latitude and longitude of the site, degrees, north and east positive.
    pub site_deg: Option<[f64; 2]>,
    /// Elevation of the site, meters.
    pub site_elevation_m: Option<f64>,
    /// True north, clockwise from the model's y axis, degrees.
    pub true_north_deg: Option<f64>,
    /// Where the placement of the site (or, where that is at the origin, of the building) stands in the model's frame,
    /// meters.
    pub site_offset_m: Option<[f64; 3]>,
    /// Meters per length unit of the project.
    pub project_unit_m: Option<f64>,
    /// Meters per unit of the map conversion's offsets, as it was read.
    pub map_unit_m: Option<f64>,
    /// xmin, ymin, xmax, ymax of a layer as its file writes them, before anything is done to them.
    pub extent: Option<[f64; 4]>,
    /// The layer's CRS is what a person stated, not what its file says.
    #[serde(default)]
    pub crs_is_stated: bool,
    /// Nobody knows what the heights of a layer are above, and the project says what its own are.
    #[serde(default)]
    pub asks_height: bool,
}

/// How a layer's coordinates are read, where that is not as its file says: in this order they are exchanged, multiplied,
/// moved, and taken as coordinates of the CRS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The CRS, as [`ImportJob::crs_override`](crate::ImportJob) takes it.
    pub crs: String,
    /// The file writes northing or latitude first.
    pub swapped: bool,
    /// Units of the CRS per unit of the file.
    pub scale: f64,
    /// Added to the first and second coordinate, units of the CRS.
    pub offset: [f64; 2],
}

impl Reading {
    /// As the file's numbers stand, in this CRS.
    pub fn plain(crs: impl Into<String>) -> Self {
        Self { crs: crs.into(), swapped: false, scale: 1.0, offset: [0.0; 2] }
    }

    /// A point of the file in the CRS; a height stays.
    pub fn apply(&self, p: &mut [f64; 3]) {
        let [x, y, _] = *p;
        let (x, y) = if self.swapped { (y, x) } else { (x, y) };
        p[0] = x * self.scale + self.offset[0];
        p[1] = y * self.scale + self.offset[1];
    }
}

/// How a file says where it lies on the ground.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub enum Georeference {
    /// It does not.
    #[default]
    None,
    /// Coordinates are in `Begin::crs` as they stand (GIS).
    Coordinates,
    /// `IfcMapConversion` with `IfcProjectedCRS`.
    Map(MapConversion),
    /// Only latitude and longitude of the site, a hint.
    SiteLatLong {
        /// Degrees, north positive.
        latitude_deg: f64,
        /// Degrees, east positive.
        longitude_deg: f64,
        /// Meters, if given.
        elevation_m: Option<f64>,
        /// True north, clockwise from the model's y axis, degrees, if given.
        true_north_deg: Option<f64>,
    },
}

/// `IfcMapConversion`: from the model's meters to map coordinates.
///
/// `E = eastings + scale·(x·cos − y·sin)`, `N = northings + scale·(x·sin + y·cos)`, `H = height + scale·z`,
/// where x, y, z are meters times the factors of their axes and `scale` has been corrected for project and map units
/// by the importer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapConversion {
    /// Map easting of the model's origin, in meters.
    pub eastings_m: f64,
    /// Map northing of the model's origin, in meters.
    pub northings_m: f64,
    /// Height of the model's origin, in meters.
    pub height_m: f64,
    /// Cosine and sine of the rotation from the model's x axis to grid east (normalized).
    pub x_axis: [f64; 2],
    /// Map meters per model meter; 1 in a sound file.
    pub scale: f64,
    /// Factors of x, y and z (`IfcMapConversionScaled`); 1 where there are none.
    #[serde(default = "no_factors")]
    pub factors: [f64; 3],
    /// `IfcProjectedCRS.Name` or WKT, as written.
    pub crs_name: String,
    /// `IfcProjectedCRS.VerticalDatum`, as written.
    pub vertical_datum: Option<String>,
}

/// Factors that change nothing: those of what was stored before there were any.
pub fn no_factors() -> [f64; 3] {
    [1.0; 3]
}

/// What an object is, for counts and colors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ObjectKind {
    /// An `IfcProduct`.
    Product,
    /// An `IfcGroup`.
    Group,
    /// A GIS feature.
    Feature,
    /// A raster, one per file.
    Raster,
}

/// One object. Boxes, areas and volumes are in the source's frame, meters (`Inspect` of GIS: layer units).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectRecord {
    /// Id, unique within the source: `GlobalId`, `layer/fid`, `raster`.
    pub id: String,
    /// What it is.
    pub kind: ObjectKind,
    /// `IfcWall`; the layer's name for a feature; `orthophoto` or `elevation` for a raster.
    pub class: String,
    /// As the file names it; empty if it does not.
    pub name: String,
    /// Number of the whole or container that holds it, an earlier object; `None` at the top.
    pub parent: Option<u32>,
    /// xmin, ymin, zmin, xmax, ymax, zmax of its own geometry; `None` without geometry.
    pub bbox: Option<[f64; 6]>,
    /// Surface area in m².
    pub area_m2: Option<f64>,
    /// Signed volume in m³; `None` when the surface is far from closed, see [`crate::measure`].
    pub volume_m3: Option<f64>,
    /// Triangles of its own geometry.
    pub n_triangles: u32,
    /// After welding at 1 µm every edge is used twice, in opposite directions.
    pub closed: bool,
    /// sRGB and alpha of its largest part; `None` without geometry or color.
    pub color: Option<[u8; 4]>,
    /// Starts hidden: spaces, zones, openings.
    pub hidden: bool,
    /// Its shape is not its own but stands for one that could not be made: a box, or a part of it. Drawn hatched.
    pub stand_in: bool,
    /// Codes of the diagnostics that concern it.
    pub diagnostics: Vec<String>,
}

impl ObjectRecord {
    /// An object without a name, a place, a shape or a whole that holds it.
    ///
    /// # Examples
    ///
    /// ```
    /// use lantu_ingest::{ObjectKind, ObjectRecord};
    ///
    /// let tree = ObjectRecord { name: "国槐".into(), ..ObjectRecord::new(ObjectKind::Feature, "trees", "trees/7") };
    /// assert_eq!((tree.id.as_str(), tree.bbox), ("trees/7", None));
    /// ```
    #[must_use]
    pub fn new(kind: ObjectKind, class: impl Into<String>, id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            kind,
            class: class.into(),
            name: String::new(),
            parent: None,
            bbox: None,
            area_m2: None,
            volume_m3: None,
            n_triangles: 0,
            closed: false,
            color: None,
            hidden: false,
            stand_in: false,
            diagnostics: Vec::new(),
        }
    }
}

/// What an object is made of and belongs to.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct ObjectDetail {
    /// The object's number.
    pub object: u32,
    /// Name of its type.
    pub type_name: Option<String>,
    /// Id of the structure or whole that it belongs to.
    pub container: Option<String>,
    /// Names of its materials.
    pub materials: Vec<String>,
    /// Classification references: `system:code` or name.
    pub classifications: Vec<String>,
    /// What else it has to do with.
    pub facts: Vec<Fact>,
}

/// A relation between two objects of one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationRecord {
    /// Which relation.
    pub kind: RelationKind,
    /// The whole, host, container, group.
    pub from: u32,
    /// The part, opening, member.
    pub to: u32,
}

/// Which relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RelationKind {
    /// Spatial containment or aggregation: the tree.
    Contains,
    /// `IfcRelVoidsElement`.
    Voids,
    /// `IfcRelFillsElement`.
    Fills,
    /// `IfcRelAssignsToGroup`.
    Groups,
    /// `IfcRelConnects…`.
    Connects,
}

/// Triangles of one color that belong to one object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeshRecord {
    /// The object's number.
    pub object: u32,
    /// Origin of `positions` in the source's frame, meters.
    pub origin: [f64; 3],
    /// 3 × `n_vertices`, relative to `origin`, meters.
    pub positions: Vec<f32>,
    /// 3 × `n_vertices`, unit length; or empty: flat normals are computed.
    pub normals: Vec<f32>,
    /// 3 × `n_triangles`, counterclockwise from outside.
    pub indices: Vec<u32>,
    /// sRGB and alpha.
    pub color: [u8; 4],
}

/// A shape that stands in many places.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TemplateRecord {
    /// Its number within the source.
    pub template: u32,
    /// One mesh for each of its colors, in the shape's own axes, meters; their `object` is of no meaning.
    pub meshes: Vec<MeshRecord>,
}

/// One place of a template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstanceRecord {
    /// The object that is drawn there.
    pub object: u32,
    /// Number of the template.
    pub template: u32,
    /// From the shape's axes to the source's frame: three columns and the translation, meters.
    pub matrix: [f64; 12],
    /// Colors in the place of those of the template's meshes; empty: the template's own.
    pub colors: Vec<[u8; 4]>,
}

/// Points of one object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PointsRecord {
    /// The object's number.
    pub object: u32,
    /// Origin of the points, meters.
    pub origin: [f64; 3],
    /// 16 bytes each: x, y, z relative to `origin` as f32, little-endian, meters; then sRGB and alpha.
    #[serde(with = "in_one_piece")]
    pub points: Vec<u8>,
}

impl PointsRecord {
    /// Bytes of a point.
    const POINT_BYTES: usize = 16;

    /// Adds a point, relative to the origin.
    pub fn push(&mut self, at: [f32; 3], color: [u8; 4]) {
        self.points.extend(at.map(f32::to_le_bytes).as_flattened());
        self.points.extend_from_slice(&color);
    }

    /// All points, relative to the origin, with their colors; bytes after the last whole one are left out.
    pub fn iter(&self) -> impl Iterator<Item = ([f32; 3], [u8; 4])> {
        self.points.as_chunks::<{ Self::POINT_BYTES }>().0.iter().map(|p| {
            let [a, b, c, d, e, f, g, h, i, j, k, l, color @ ..] = *p;
            let at = [[a, b, c, d], [e, f, g, h], [i, j, k, l]].map(f32::from_le_bytes);
            (at, color)
        })
    }
}

/// Geometry of one GIS feature, in the stream's CRS (meters where projected to the project frame).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureRecord {
    /// The object's number.
    pub object: u32,
    /// Its shape.
    pub geometry: FeatureGeometry,
    /// How it is drawn.
    pub style: FeatureStyle,
}

/// Words at a place, which belong to an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LabelRecord {
    /// The object's number.
    pub object: u32,
    /// The place in the source's frame, meters.
    pub at: [f64; 3],
    /// In one line, not empty.
    pub text: String,
    /// What it says.
    pub kind: LabelKind,
    /// How large what it speaks of is, meters: from far away only words of large things are shown.
    pub extent_m: f64,
}

/// What words at a place say, the most important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LabelKind {
    /// The name of the object.
    Name,
    /// The name of a grid axis, in the middle of its circle.
    Axis,
    /// A station of an alignment.
    Station,
    /// A text of an annotation.
    Text,
}

/// A property or quantity of an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PropertyRecord {
    /// The object's number.
    pub object: u32,
    /// Property or quantity set; the layer's name for feature attributes.
    pub set: String,
    /// Name.
    pub name: String,
    /// Value as the file writes it.
    pub value: PropertyValue,
    /// Unit, if the file or schema says one.
    pub unit: Option<String>,
    /// Property, quantity or attribute.
    pub kind: PropertyKind,
    /// Comes from the type, not from the occurrence.
    pub inherited: bool,
}

/// The set that attributes are listed under.
pub const ATTRIBUTES: &str = "Attributes";

/// Class of entries that are issues: topics of BCF. Their attributes are `Status`, `Type`, `Priority`, `AssignedTo`,
/// `CreationDate`, `CreationAuthor`, `ModifiedDate`, `DueDate`, `Description`, and `Objects`, separated by blanks.
pub const ISSUE_CLASS: &str = "BcfTopic";

/// Property, quantity or attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PropertyKind {
    /// Of a property set.
    Property,
    /// Of a quantity set.
    Quantity,
    /// An attribute of the object itself; its set is [`ATTRIBUTES`].
    Attribute,
}

/// A property's value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PropertyValue {
    /// No value.
    Null,
    /// Yes or no.
    Bool(bool),
    /// Whole number.
    Int(i64),
    /// Number.
    Real(f64),
    /// Text, decoded.
    Text(String),
    /// Several values (enumerated, list, bounded, table).
    List(Vec<PropertyValue>),
}

/// A raster starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RasterBegin {
    /// Number of the raster's object.
    pub object: u32,
    /// The pyramid that its tiles form.
    pub grid: RasterGrid,
    /// The file's own size in pixels, for `inspect`.
    pub source_px: [u32; 2],
    /// Bands in the file.
    pub bands: u32,
    /// Nodata as the file declares it.
    pub nodata: Option<f64>,
}

/// One encoded tile. Tiles that hold only nodata are left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RasterTile {
    /// Which one.
    pub coord: TileCoord,
    /// `RasterGrid::TILE_PX`² pixels as the pack that the session keeps: importers encode, because they do it on all
    /// threads.
    #[serde(with = "in_one_piece")]
    pub pack: Vec<u8>,
}

/// Bytes as bytes: serde writes and reads a list one element at a time, which costs more than compressing a tile.
mod in_one_piece {
    use std::fmt;

    use serde::de::{Error, Visitor};
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Vec<u8>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
                Ok(bytes.to_vec())
            }
        }
        from.deserialize_bytes(Bytes)
    }
}

/// A task of a schedule. Instants are UTC nanoseconds.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct TaskRecord {
    /// Id, unique in the schedule.
    pub id: String,
    /// Name.
    pub name: String,
    /// Planned start.
    pub start: i64,
    /// Planned finish (a bare date means the end of that local day).
    pub finish: i64,
    /// Budget in hundredths of the currency.
    pub budget_cents: Option<i64>,
    /// Percent complete as stated, 0 to 100.
    pub percent: Option<f64>,
    /// Actual start.
    pub actual_start: Option<i64>,
    /// Actual finish.
    pub actual_finish: Option<i64>,
    /// Actual cost in hundredths.
    pub actual_cost_cents: Option<i64>,
    /// Objects it concerns, as written: `GlobalId` or `source:id`.
    pub objects: Vec<String>,
}

impl TaskRecord {
    /// A task of a plan as the overlays want it: planned as the baseline `0` says, else as its dates say. `None` for
    /// summaries, for what is switched off, and without a planned start.
    pub fn of(task: &PlanTask, zone: &TimeZoneName) -> Option<Self> {
        if !task.is_leaf() {
            return None;
        }
        let utc = |t: Option<Civil>| t.and_then(|t| t.to_utc(zone).ok()).map(|t| t.0);
        let baseline =
            task.baselines.iter().find(|b| b.start.is_some() && b.finish.is_some() && b.name == "0");
        let (start, finish) = match baseline {
            Some(b) => (b.start, b.finish),
            None => (task.start.or(task.stated.early_start), task.finish.or(task.stated.early_finish)),
        };
        let start = utc(start)?;
        let finish =
            utc(finish).or_else(|| start.checked_add(task.duration_s.checked_mul(1_000_000_000)?))?;
        Some(Self {
            id: task.id.clone(),
            name: task.name.clone(),
            start,
            finish,
            budget_cents: baseline.and_then(|b| b.cost_cents).or(task.cost_cents),
            percent: task.percent,
            actual_start: utc(task.actual_start),
            actual_finish: utc(task.actual_finish),
            actual_cost_cents: task.actual_cost_cents,
            objects: task.objects.clone(),
        })
    }
}

/// One value of one channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleRecord {
    /// Channel name.
    pub channel: String,
    /// Phenomenon time, UTC nanoseconds.
    pub time: i64,
    /// Value in `unit`.
    pub value: f64,
    /// Unit as written.
    pub unit: String,
    /// OPC UA-like: 0 good, 1 uncertain, 2 bad.
    pub quality: u8,
    /// Number of its message, which tells readings of one instant apart.
    pub sequence: Option<i64>,
    /// When the result was there, UTC nanoseconds, where that is said beside the phenomenon time.
    pub result_time: Option<i64>,
}

/// What a channel measures, on which object, and how often.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct BindingRecord {
    /// Channel name.
    pub channel: String,
    /// Object as written: `GlobalId` or `source:id`.
    pub object: String,
    /// Observed property, which picks the rule: `strain`, `noise`, `dust`.
    pub quantity: String,
    /// Unit.
    pub unit: String,
    /// Nominal seconds between two samples; staleness counts in these.
    pub period_s: f64,
    /// Site; empty where the project has one.
    pub site: String,
    /// Of a thing (`quantity` is `position`): what it is, `person`, `vehicle`, `crane`; else empty.
    pub kind: String,
    /// Of a thing: how far it reaches, meters.
    pub radius_m: f64,
    /// Of a thing that does not move: easting, northing and height in the project's system, meters.
    pub fixed: Option<[f64; 3]>,
}

/// How the stream ended.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct End {
    /// Objects read, kept, dropped.
    pub counts: Counts,
    /// Wall seconds to open and scan.
    pub open_s: f64,
    /// Wall seconds for shapes (or pixels).
    pub geometry_s: f64,
}
