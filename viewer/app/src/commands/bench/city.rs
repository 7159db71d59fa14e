//! `lantu bench city`: a generated district as a project, one source a quarter.

use std::path::Path;

use anyhow::Context as _;
use lantu_base::Counts;
use lantu_bench::{Block, CRS, City, CityInstance, CityValue, HEIGHT_CRS, Quarter, Template};
use lantu_ingest::{
    Batch, Begin, End, Georeference, InstanceRecord, MeshRecord, ObjectKind, ObjectRecord, PropertyKind,
    PropertyRecord, PropertyValue, TemplateRecord,
};
use lantu_session::{GENERATED, ImportEvent, Session};

use crate::cli::BenchCityArgs;
use crate::commands::{DONE, remove_project};
use crate::context::Context;

/// Rows of a batch at most, see [`Batch`].
const BATCH_ROWS: usize = 4096;

/// The seed of a generated district; `None` for any other project.
pub(crate) fn seed_of(session: &Session) -> Option<u64> {
    let made = session.sources().iter().find(|s| s.record.importer == GENERATED)?;
    let mut words = made.record.schema.split(' ');
    words.find(|w| *w == "seed")?;
    words.next()?.parse().ok()
}

pub(crate) fn city(context: &Context, args: &BenchCityArgs) -> anyhow::Result<u8> {
    std::fs::create_dir_all(&args.out)
        .with_context(|| format!("cannot write\nfolder: {}", args.out.display()))?;
    let city = City::new(args.objects, args.seed);
    let recipe = args.out.join("city.json");
    let text = serde_json::json!({"generator": GENERATED, "objects": city.n_objects(), "seed": city.seed()});
    std::fs::write(&recipe, format!("{text}\n"))
        .with_context(|| format!("cannot write\nfile: {}", recipe.display()))?;
    let project = args.out.join("city.lantu");
    remove_project(&project)?;
    let frame = lantu_geodesy::make_frame(CRS, Some(HEIGHT_CRS), "Asia/Shanghai")?;
    let options = context.session_options(None)?;
    let mut session = Session::create(&project, &context.say("app-bench-city-name", &[]), frame, options)?;
    let written = write(&mut session, &city, &recipe, &mut context.progress());
    session.close()?;
    written?;
    context.line(&context.say(
        "app-bench-city-done",
        &[("n", city.n_objects().into()), ("path", project.display().to_string().into())],
    ))?;
    Ok(DONE)
}

/// Writes a generated district into a project, quarter by quarter. `recipe`: the file that says what was generated.
pub(crate) fn write(
    session: &mut Session,
    city: &City,
    recipe: &Path,
    progress: &mut dyn FnMut(ImportEvent),
) -> anyhow::Result<()> {
    let n = city.quarters().len();
    for (ix, quarter) in city.quarters().iter().enumerate() {
        progress(ImportEvent::File { ix, n, path: (&quarter.name).into() });
        session.write_source(&quarter.name, recipe, &mut batches(city, quarter))?;
    }
    Ok(())
}

/// The stream of one quarter; a block at a time is in memory.
fn batches<'a>(city: &'a City, quarter: &'a Quarter) -> impl Iterator<Item = Batch> + 'a {
    let begin = Begin {
        importer: GENERATED.to_owned(),
        schema: format!("seed {} objects {}", city.seed(), city.n_objects()),
        crs: Some(CRS.to_owned()),
        declared_crs: Some(CRS.to_owned()),
        unit: "m".to_owned(),
        georeference: Georeference::Coordinates,
        hints: Box::default(),
    };
    let n: u64 = quarter.blocks.iter().map(|(_, n)| u64::from(*n)).sum();
    let counts = Counts { read: n, kept: n, ..Counts::default() };
    let end = Batch::End(End { counts, ..End::default() });
    let mut first = 0;
    let blocks = city.blocks(quarter).flat_map(move |block| {
        let mut batches = if first == 0 { vec![templates(&block)] } else { Vec::new() };
        batches.extend(block_batches(&block, first));
        first += u32::try_from(block.objects.len()).unwrap_or(u32::MAX);
        batches
    });
    std::iter::once(Batch::Begin(begin)).chain(blocks).chain(std::iter::once(end))
}

/// A block's objects, shapes and properties; `first` is the number of its first object in the stream.
fn block_batches(block: &Block, first: u32) -> Vec<Batch> {
    let mut out = Vec::new();
    let objects = block.objects.iter().map(|o| ObjectRecord {
        name: o.name.clone(),
        parent: o.parent.map(|p| first + p),
        bbox: (!o.bounds.is_empty()).then(|| o.bounds.to_array()),
        n_triangles: o.n_triangles,
        closed: o.n_triangles > 0,
        color: o.color,
        ..ObjectRecord::new(ObjectKind::Product, o.class, o.id.as_str())
    });
    push(&mut out, objects, Batch::Objects);
    let properties = block.properties.iter().map(|p| PropertyRecord {
        object: first + p.object,
        set: p.set.to_owned(),
        name: p.name.to_owned(),
        value: match &p.value {
            CityValue::Text(t) => PropertyValue::Text((*t).to_owned()),
            CityValue::Integer(i) => PropertyValue::Int(*i),
            CityValue::Real(v) => PropertyValue::Real(*v),
        },
        unit: p.unit.map(str::to_owned),
        kind: PropertyKind::Property,
        inherited: false,
    });
    push(&mut out, properties, Batch::Properties);
    let once = block.meshes.iter().map(|m| {
        let (positions, indices) = block.mesh(m);
        MeshRecord {
            object: first + m.object,
            origin: block.origin.0.to_array(),
            positions: positions.to_vec(),
            normals: Vec::new(),
            indices: indices.to_vec(),
            color: m.color,
        }
    });
    push(&mut out, once, Batch::Meshes);
    let repeated = block.instances.iter().map(|i| placed(i, first));
    push(&mut out, repeated, Batch::Instances);
    out
}

/// Shapes that the city repeats.
fn templates(block: &Block) -> Batch {
    let record = |(n, t): (u32, &Template)| TemplateRecord {
        template: n,
        meshes: t
            .parts
            .iter()
            .map(|part| MeshRecord {
                object: 0,
                origin: [0.0; 3],
                positions: part.positions.clone(),
                normals: part.normals.clone(),
                indices: part.indices.clone(),
                color: [255; 4],
            })
            .collect(),
    };
    Batch::Templates((0_u32..).zip(block.templates.iter()).map(record).collect())
}

/// A template in its place.
fn placed(instance: &CityInstance, first: u32) -> InstanceRecord {
    let linear = instance.linear.as_dmat3().to_cols_array();
    let origin = instance.origin.0.to_array();
    let mut matrix = [0.0; 12];
    for (to, from) in matrix.iter_mut().zip(linear.into_iter().chain(origin)) {
        *to = from;
    }
    let colors = instance.colors.to_vec();
    InstanceRecord { object: first + instance.object, template: instance.template, matrix, colors }
}

fn push<T>(out: &mut Vec<Batch>, rows: impl Iterator<Item = T>, batch: impl Fn(Vec<T>) -> Batch) {
    let mut rows = rows.peekable();
    while rows.peek().is_some() {
        out.push(batch(rows.by_ref().take(BATCH_ROWS).collect()));
    }
}
