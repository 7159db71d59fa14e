//! Pictures without a window: from where they are taken, what they show, what a sidecar says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use glam::DVec3;
use lantu_base::{Bounds, StyleFlags, UtcNanos};
use lantu_overlay::{OverlayKind, OverlayResult, outline};
use lantu_render::{Camera, Culling, FrameInput, Gpu, Options, Relief, RenderConfig, Renderer};
use lantu_session::Session;
use lantu_tiles::{PhotoLook, Stretch};
use lantu_ui::{Language, LegendModel, LegendRow, Stamp, StateId, Words, format, legend_stamp};
use serde_json::{Value, json};

use crate::cli::CullingChoice;
use crate::cut_fill::{CutFill, cut_fill_layer};
use crate::district::{District, TileFailure};
use crate::heat::{HeatLegend, HeatWish, heat_layer};
use crate::labels::{self, Wanted};
use crate::light;
use crate::look::{Look, Place};
use crate::png_rows::PngRows;
use crate::stage::{Overlays, Stage, base_styles, photo_look};
use crate::studio::{SAMPLES, Studio};
use crate::views::saved_view;
use crate::window::history::Shown;
use crate::window::section::Section;

/// From where a picture is taken.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PictureView {
    /// Everything is seen.
    Fit,
    /// The object with this id and nothing else, seen as a whole.
    Alone(String),
    /// A saved view.
    Saved(String),
    /// Eye and target as people write them: x, y in CRS units, height in meters.
    Camera([f64; 3], [f64; 3]),
}

/// A map over the ground.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum GroundMap {
    /// Of readings, or of the risk of management cells.
    Heat(HeatWish),
    /// Of what was dug and filled.
    CutFill(CutFill),
}

/// What a picture shows.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    pub(crate) size: [u32; 2],
    pub(crate) view: PictureView,
    pub(crate) time: Option<UtcNanos>,
    /// A map over the ground.
    pub(crate) map: Option<GroundMap>,
    /// The instant whose sun lights it.
    pub(crate) light: Option<UtcNanos>,
    pub(crate) overlay: Option<OverlayKind>,
    /// Outlines objects, whatever fills them.
    pub(crate) outline: Option<OverlayKind>,
    pub(crate) hide: Vec<String>,
    /// Opacity of layers that are not opaque, 0 to 1, by name of the source.
    pub(crate) faded: BTreeMap<String, f32>,
    /// How opaque the ground is, 0 to 1.
    pub(crate) ground_opacity: f32,
    /// How the ground's picture is shown.
    pub(crate) relief: Relief,
    /// How tall heights are drawn, about that of what is looked at.
    pub(crate) stretch: Stretch,
    /// Source whose orthophoto lies only right of a line, and where the line is: share of the width.
    pub(crate) right_of: Option<(String, f32)>,
    /// Simple shading: no sky, shadows, occlusion, edges or haze.
    pub(crate) simple: bool,
    /// Names of things, cut where they are too long as is done in this language; `None` for none.
    pub(crate) labels: Option<Language>,
    /// What the colors mean, in this language, over the lower left corner; `None` for no legend.
    pub(crate) legend: Option<Language>,
    /// What is cut away.
    pub(crate) section: Section,
    /// Changes as the other revision sees them: what it has, and of what came later nothing.
    pub(crate) former: bool,
    /// Memory for tiles and targets, bytes; without it the picture is as fine as its size asks for.
    pub(crate) memory_bytes: Option<u64>,
    /// Who chooses what is drawn, if not who usually does.
    pub(crate) culling: Option<CullingChoice>,
}

/// Height of pictures whose legend has the size that it has in the window, pixels; that of higher ones grows with them.
const LEGEND_HEIGHT_PX: f32 = 1080.0;

/// How many objects are in which state of the overlay that a picture shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    /// `None`: no overlay.
    of: Option<OverlayKind>,
    states: Vec<(&'static str, u64)>,
}

impl Counts {
    fn of(result: &OverlayResult) -> Self {
        let states = result.legend.iter().map(|l| (l.state.name, l.count)).collect();
        Self { of: Some(result.kind), states }
    }

    fn legend(&self, as_of: String, outlines: bool) -> Option<LegendModel> {
        let name = self.of?.name();
        let overlay = lantu_ui::OverlayKind::ALL.into_iter().find(|k| k.name() == name)?;
        let count = |state: StateId| {
            self.states.iter().find(|(name, _)| *name == state.name()).map_or(0, |(_, n)| *n)
        };
        // What is not drawn needs no row.
        let states = StateId::of(overlay).filter(|state| *state != StateId::Former);
        let rows = states.map(|state| LegendRow { state, n: count(state) }).collect();
        Some(LegendModel { overlay, outlines, rows, filter: None, as_of })
    }

    fn json(&self) -> Value {
        self.of.map_or(Value::Null, |_| {
            self.states
                .iter()
                .map(|(name, n)| ((*name).to_owned(), json!(n)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        })
    }
}

/// A picture that was written.
pub(crate) struct Drawn {
    size: [u32; 2],
    camera: Camera,
    adapter: String,
    /// The legend of the map over the ground.
    pub(crate) heat: Option<HeatLegend>,
    /// How many objects are in which state: of what fills them, and of what outlines them.
    counts: [Counts; 2],
    /// Why tiles are missing from it: coarser ones stand in for them, or nothing does. Empty if it is whole.
    pub(crate) failures: Vec<TileFailure>,
}

/// Draws a picture and writes it as a PNG. The same project, view and adapter give the same bytes, whatever the number of
/// threads.
pub(crate) fn draw(session: &Session, picture: &Picture, out: &Path) -> anyhow::Result<Drawn> {
    let gpu = Gpu::headless()?;
    let culling = CullingChoice::on(picture.culling, &gpu);
    let config = RenderConfig { culling, ..RenderConfig::pictures(SAMPLES) };
    let mut renderer = Renderer::new(&gpu, config)?;
    let hidden = |source: &str| picture.hide.iter().any(|h| h == source);
    let look = |source: &str| PhotoLook {
        right_only: picture.right_of.as_ref().is_some_and(|(of, _)| of == source),
        ..photo_look(source, hidden(source), &picture.faded)
    };
    let camera = camera_of(session, picture)?;

    let kinds = [picture.overlay, picture.outline.filter(|kind| picture.overlay != Some(*kind))];
    let wants = kinds != [None; 2] || picture.labels.is_some() || picture.map.is_some();
    let overlays = |()| {
        let overlays = Overlays::new(session);
        Arc::new(if picture.former { overlays.turned() } else { overlays })
    };
    let overlays = wants.then_some(()).map(overlays);
    let heat = match (&overlays, &picture.map, picture.time) {
        (Some(o), Some(GroundMap::Heat(wish)), Some(t)) => Some(heat_layer(o, wish, t)?),
        (_, Some(GroundMap::CutFill(wish)), _) => Some(cut_fill_layer(session, wish)?),
        _ => None,
    };
    let stage = Stage::with_more(session, &look, std::iter::empty(), heat.as_ref());
    let [overlay, outlines] = kinds.map(|kind| match (&overlays, kind, picture.time) {
        // Changes have no time.
        (Some(o), Some(OverlayKind::Change), t) => {
            Some(o.evaluate(OverlayKind::Change, t.unwrap_or(UtcNanos(0))))
        }
        (Some(o), Some(kind), Some(t)) => Some(o.evaluate(kind, t)),
        _ => None,
    });
    let mut styles = base_styles(session, overlay.as_ref(), &hidden, &picture.faded);
    if let Some(outlines) = &outlines {
        outline(&mut styles, outlines);
    }
    if let PictureView::Alone(id) = &picture.view {
        let own: BTreeSet<u32> = of_id(session, id).into_iter().map(|(row, _)| row).collect();
        for (row, style) in (0_u32..).zip(&mut styles) {
            if own.contains(&row) {
                style.flags &= !StyleFlags::HIDDEN;
            } else {
                style.flags |= StyleFlags::HIDDEN;
            }
        }
    }
    if picture.former {
        // What is gone now was there then.
        for style in &mut styles {
            style.flags &= !StyleFlags::GHOSTED;
        }
    }
    renderer.set_styles(lantu_base::ObjectRow(0), &styles);

    if let (Some(overlays), Some(language)) = (overlays, picture.labels) {
        let shown = Shown {
            hidden_layers: Arc::new(picture.hide.iter().cloned().collect()),
            faded: Arc::new(picture.faded.clone()),
            ..Shown::default()
        };
        renderer.set_labels(Arc::new(labels::sheet(&Wanted { overlays, shown, scale: 1.0, language })))?;
    }
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let look = Look {
        ground_opacity: picture.ground_opacity,
        relief: picture.relief,
        swipe: picture.right_of.as_ref().map(|(_, at)| *at),
        simple: picture.simple,
        labels: picture.labels.is_some(),
        section: picture.section.drawn(),
        ..Look::at(Place::Picture)
    };
    let options = Options {
        // The processor looks at what hides with too few pixels for a picture.
        skip_hidden: culling == Culling::Gpu,
        ..look.options(&camera)
    };
    let sun = light::of(session, picture.light);
    let input = FrameInput { camera, meshes: &[], casters: &[], ground: &[], sun, options };
    let limit_bytes = picture.memory_bytes;
    let mut district = District::new(stage.content(), u64::MAX, threads, Arc::new(|| {}))?;
    let mut studio = Studio { renderer: &mut renderer, district: &mut district, input, limit_bytes };
    let counts = [overlay, outlines].map(|o| o.map(|o| Counts::of(&o)).unwrap_or_default());
    let heat = heat.map(|h| h.legend);
    let legend = legend_of(session, picture, &counts, heat.as_ref());
    studio.draw(picture.size, out, legend)?;
    let failures = district.take_failures();
    let adapter = format!("{} ({:?}, {})", gpu.info.name, gpu.info.backend, gpu.info.driver_info);
    Ok(Drawn { size: picture.size, camera, adapter, failures, heat, counts })
}

/// The legend of what a picture shows, and its pixels per point.
fn legend_of(
    session: &Session,
    picture: &Picture,
    [fill, outlines]: &[Counts; 2],
    heat: Option<&HeatLegend>,
) -> Option<(Stamp, f32)> {
    let words = Words::new(picture.legend?);
    let as_of = picture.time.map(|t| format::date_time(t, session.zone())).unwrap_or_default();
    let states = [fill.legend(as_of.clone(), false), outlines.legend(as_of, true)];
    let heat = heat.map(HeatLegend::told);
    #[expect(clippy::cast_precision_loss, reason = "pixels of a picture")]
    let scale = (picture.size[1] as f32 / LEGEND_HEIGHT_PX).max(1.0);
    Some((legend_stamp(states.each_ref().map(Option::as_ref), heat.as_ref(), scale, &words)?, scale))
}

/// Pixels between two pictures side by side. Chosen: seen as a line, whatever both show.
const GAP_PX: u32 = 4;

/// Two pictures of one view, left and right of a line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Swipe {
    /// Source that shows left of the line and not right of it.
    pub(crate) left: String,
    /// Source that shows right of it only.
    pub(crate) right: String,
    /// Where the line is: share of the width.
    pub(crate) at: f32,
}

/// Pixels of the line between them. Chosen: seen, and covers little.
const LINE_PX: u32 = 2;

/// Draws one source left of a line and another right of it, all else on both sides.
pub(crate) fn draw_swipe(
    session: &Session,
    picture: &Picture,
    swipe: &Swipe,
    out: &Path,
) -> anyhow::Result<Drawn> {
    let [width, height] = picture.size;
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let side = |without: &str, name: &str| -> anyhow::Result<(std::path::PathBuf, Drawn)> {
        let path = folder.path().join(name);
        let hide = picture.hide.iter().cloned().chain([without.to_owned()]).collect();
        let drawn = draw(session, &Picture { hide, legend: None, ..picture.clone() }, &path)?;
        Ok((path, drawn))
    };
    let ((left, one), (right, other)) = (side(&swipe.right, "left.png")?, side(&swipe.left, "right.png")?);
    let (mut left, mut right) = (png_reader(&left)?, png_reader(&right)?);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of the width")]
    let split = ((swipe.at.clamp(0.0, 1.0) * width as f32) as u32).min(width.saturating_sub(LINE_PX));
    let mut rows = PngRows::create(out, [width, height])?;
    other.lay_legend(session, picture, &mut rows)?;
    let (before, after) = (split as usize * 3, (split + LINE_PX).min(width) as usize * 3);
    let line = vec![255; after - before];
    while let (Some(a), Some(b)) = (left.next_row()?, right.next_row()?) {
        let (a, b) = (a.data().get(..before).unwrap_or_default(), b.data().get(after..).unwrap_or_default());
        rows.write(&[a, &line, b].concat())?;
    }
    rows.finish()?;
    let failures = one.failures.into_iter().chain(other.failures).collect();
    Ok(Drawn { size: picture.size, failures, ..other })
}

fn png_reader(path: &Path) -> anyhow::Result<png::Reader<std::io::BufReader<std::fs::File>>> {
    let file = std::io::BufReader::new(std::fs::File::open(path)?);
    Ok(png::Decoder::new(file).read_info()?)
}

/// Draws the other revision on the left and what is now on the right, from the same place.
pub(crate) fn draw_pair(session: &Session, picture: &Picture, out: &Path) -> anyhow::Result<Drawn> {
    let [width, height] = picture.size;
    let half = width.saturating_sub(GAP_PX) / 2;
    anyhow::ensure!(half > 0, "two pictures need a width of more than {GAP_PX} pixels");
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let side = |former: bool, name: &str| -> anyhow::Result<(std::path::PathBuf, Drawn)> {
        let path = folder.path().join(name);
        let one = Picture { size: [half, height], former, legend: None, ..picture.clone() };
        let drawn = draw(session, &one, &path)?;
        Ok((path, drawn))
    };
    let ((left, then), (right, now)) = (side(true, "then.png")?, side(false, "now.png")?);
    let (mut left, mut right) = (png_reader(&left)?, png_reader(&right)?);
    let mut rows = PngRows::create(out, picture.size)?;
    now.lay_legend(session, picture, &mut rows)?;
    let gap = vec![255; (width - 2 * half) as usize * 3];
    while let (Some(a), Some(b)) = (left.next_row()?, right.next_row()?) {
        rows.write(&[a.data(), &gap, b.data()].concat())?;
    }
    rows.finish()?;
    let failures = then.failures.into_iter().chain(now.failures).collect();
    Ok(Drawn { size: picture.size, failures, ..now })
}

/// The camera that shows everything: from the south-southwest, a third of a right angle down.
pub(crate) fn fit_camera(session: &Session, size: [u32; 2], stretch: Stretch) -> Camera {
    // The finest tiles follow what stands where.
    let mut boxes: Vec<_> = session
        .trees()
        .iter()
        .flat_map(|(_, tree)| tree.nodes.iter().filter(|n| n.n_children == 0).map(|n| n.bounds))
        .collect();
    if boxes.is_empty() {
        boxes.push(session.district());
    }
    fit_boxes(&boxes, size, stretch)
}

/// The same of some boxes.
pub(crate) fn fit_boxes(boxes: &[Bounds], size: [u32; 2], stretch: Stretch) -> Camera {
    let anywhere =
        Camera::looking(lantu_base::WorldPoint::new(0.0, -100.0, 60.0), lantu_base::WorldPoint::default());
    anywhere.stretched(stretch).fit_all(boxes, DVec3::new(0.35, 0.85, -0.62), size)
}

/// Rows and bounds of the objects with an id.
fn of_id(session: &Session, id: &str) -> Vec<(u32, Bounds)> {
    session.scene().objects().filter(|o| o.id() == id).map(|o| (o.row.0, o.bounds())).collect()
}

fn camera_of(session: &Session, picture: &Picture) -> anyhow::Result<Camera> {
    let frame = session.frame();
    Ok(match &picture.view {
        PictureView::Fit => fit_camera(session, picture.size, picture.stretch),
        PictureView::Alone(id) => {
            let boxes: Vec<Bounds> = of_id(session, id).into_iter().map(|(_, bounds)| bounds).collect();
            fit_boxes(&boxes, picture.size, picture.stretch)
        }
        PictureView::Camera(eye, target) => {
            Camera::looking(frame.world_from_crs(*eye), frame.world_from_crs(*target))
                .stretched(picture.stretch)
        }
        PictureView::Saved(name) => saved_view(session, name)?
            .record
            .camera(frame)
            .with_context(|| format!("the view {name:?} has no camera"))?
            .stretched(picture.stretch),
    })
}

impl Drawn {
    /// The legend over a picture that is put together of this one and another.
    fn lay_legend(&self, session: &Session, picture: &Picture, rows: &mut PngRows) -> anyhow::Result<()> {
        match legend_of(session, picture, &self.counts, self.heat.as_ref()) {
            Some((stamp, scale)) => rows.stamp(stamp, scale),
            None => Ok(()),
        }
    }

    /// What the picture shows, in the words of the contract.
    pub(crate) fn sidecar(&self, session: &Session, picture: &Picture, project: &Path) -> Value {
        let frame = session.frame();
        let c = &self.camera;
        let [fill, outlines] = &self.counts;
        let sources: Vec<Value> = session
            .sources()
            .iter()
            .map(|s| json!({"source": s.record.id, "sha256": s.record.sha256}))
            .collect();
        let layers: Vec<&str> = session
            .sources()
            .iter()
            .map(|s| s.record.id.as_str())
            .filter(|id| !picture.hide.iter().any(|h| h == id))
            .collect();
        json!({
            "project": project.display().to_string(),
            "time": picture.time.map(|t| t.to_string()),
            "camera": {
                "eye": frame.crs_from_world(c.shown_eye()), "target": frame.crs_from_world(c.target),
                "up": c.up.to_array(), "fov_y_deg": c.fov_y_deg,
            },
            // Heights are true everywhere else; drawn they are so many times as tall about one that stays.
            "exaggeration": {"factor": c.stretch.factor(), "about_m": c.target.0.z},
            "size": self.size,
            "layers": layers,
            "overlay": picture.overlay.map_or("none", OverlayKind::name),
            "counts": fill.json(),
            "outline": outlines.of.map_or("none", OverlayKind::name),
            "outline_counts": outlines.json(),
            "heat": self.heat.as_ref().map(HeatLegend::json),
            "sources": sources,
            "adapter": self.adapter,
            "version": env!("CARGO_PKG_VERSION"),
        })
    }
}

/// Writes opaque pixels as a PNG without time or path in it.
pub(crate) fn write_png(out: &Path, size: [u32; 2], rgba: &[u8]) -> anyhow::Result<()> {
    let mut rows = PngRows::create(out, size)?;
    for row in rgba.chunks(size[0] as usize * 4) {
        let rgb: Vec<u8> = row.as_chunks::<4>().0.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect();
        rows.write(&rgb)?;
    }
    rows.finish()
}
