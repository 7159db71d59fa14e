//! Saved views: what a project keeps of a camera and of what was shown with it.
//!
//! A view is JSON in the project file. Only `eye` and `target` must be there, which is all that older projects have; what
//! is missing is left as it is when the view is shown.

use std::collections::BTreeMap;

use anyhow::Context as _;
use glam::DVec3;
use lantu_base::{ProjectFrame, UtcNanos, WorldPoint};
use lantu_overlay::OverlayKind;
use lantu_render::Camera;
use lantu_session::{Session, SessionError};
use lantu_tiles::Stretch;
use serde::{Deserialize, Serialize};

/// A view as the project file keeps it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ViewRecord {
    /// Easting and northing in CRS units, height in meters.
    pub(crate) eye: [f64; 3],
    pub(crate) target: [f64; 3],
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) up: Option<[f64; 3]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fov_y_deg: Option<f64>,
    /// How many times as tall heights are drawn, about that of the target; eye and target are as they are then shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) exaggeration: Option<f64>,
    /// Names of the sources that are hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hidden_layers: Option<Vec<String>>,
    /// RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) time: Option<String>,
    /// `progress`, `sensor`, `risk` or `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) overlay: Option<String>,
    /// The same of what outlines objects besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) outline: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) xray: Option<bool>,
    /// Names of things are shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) labels: Option<bool>,
    /// Opacity of the ground in x-ray, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) xray_opacity: Option<f32>,
    /// Opacity of layers that are not opaque, 0 to 1, by name of the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) layer_opacity: Option<BTreeMap<String, f32>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) section: Option<SectionRecord>,
    /// Place among the views; those without come after, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) order: Option<u32>,
}

/// A section as a view keeps it. No plane and no cube: nothing is cut.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct SectionRecord {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) plane: Option<PlaneRecord>,
    /// Lower and upper corner: easting and northing in CRS units, height in meters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cube: Option<[[f64; 3]; 2]>,
}

/// A section plane as a view keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PlaneRecord {
    /// `east`, `north`, `up` or `face`.
    pub(crate) axis: String,
    /// A point of the plane: easting and northing in CRS units, height in meters.
    pub(crate) point: [f64; 3],
    /// Unit normal; what lies on its side is cut away.
    pub(crate) normal: [f64; 3],
    /// The normal was turned around.
    #[serde(default)]
    pub(crate) flipped: bool,
}

/// A named view.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SavedView {
    pub(crate) name: String,
    pub(crate) record: ViewRecord,
}

impl ViewRecord {
    /// Keeps a camera.
    pub(crate) fn of(camera: &Camera, frame: &ProjectFrame) -> Self {
        Self {
            eye: frame.crs_from_world(camera.shown_eye()),
            target: frame.crs_from_world(camera.target),
            up: Some(camera.up.to_array()),
            fov_y_deg: Some(camera.fov_y_deg),
            exaggeration: Some(camera.stretch.factor()),
            ..Self::default()
        }
    }

    /// The camera; `None` where the numbers make none.
    pub(crate) fn camera(&self, frame: &ProjectFrame) -> Option<Camera> {
        let point = |p: [f64; 3]| Some(frame.world_from_crs(p)).filter(|p: &WorldPoint| p.0.is_finite());
        let (eye, target) = (point(self.eye)?, point(self.target)?);
        (eye.0 != target.0).then_some(())?;
        let plain = Camera::looking(eye, target);
        let up = self.up.map(DVec3::from_array).filter(|u| u.is_finite() && u.length() > 1e-6);
        let fov = self.fov_y_deg.filter(|f| (1.0..=170.0).contains(f));
        let c = Camera { up: up.unwrap_or(plain.up), fov_y_deg: fov.unwrap_or(plain.fov_y_deg), ..plain };
        Some(c.stretched(self.stretch().unwrap_or_default()))
    }

    /// How tall heights are drawn, if it says that.
    pub(crate) fn stretch(&self) -> Option<Stretch> {
        self.exaggeration.and_then(Stretch::new)
    }

    /// The instant, if it keeps one that can be read.
    pub(crate) fn instant(&self, session: &Session) -> Option<UtcNanos> {
        UtcNanos::parse(self.time.as_deref()?, session.zone()).ok()
    }

    /// What colors the scene; `otherwise` if the view leaves it as it is, `None` for nothing.
    pub(crate) fn overlay_or(&self, otherwise: Option<OverlayKind>) -> Option<OverlayKind> {
        self.overlay.as_deref().map_or(otherwise, OverlayKind::from_name)
    }

    /// What outlines objects; as [`ViewRecord::overlay_or`].
    pub(crate) fn outline_or(&self, otherwise: Option<OverlayKind>) -> Option<OverlayKind> {
        self.outline.as_deref().map_or(otherwise, OverlayKind::from_name)
    }
}

/// All saved views in the order of stepping. A view that cannot be read is left out, with a warning in the log.
pub(crate) fn saved_views(session: &Session) -> Result<Vec<SavedView>, SessionError> {
    let mut views: Vec<SavedView> = Vec::new();
    for (name, text) in session.project().views().map_err(SessionError::Project)? {
        match serde_json::from_str::<ViewRecord>(&text) {
            Ok(record) => views.push(SavedView { name, record }),
            Err(error) => tracing::warn!(%error, name, "a saved view cannot be read"),
        }
    }
    views.sort_by(|a, b| {
        let order = |v: &SavedView| v.record.order.unwrap_or(u32::MAX);
        order(a).cmp(&order(b)).then_with(|| a.name.cmp(&b.name))
    });
    Ok(views)
}

/// The view of this name.
pub(crate) fn saved_view(session: &Session, name: &str) -> anyhow::Result<SavedView> {
    let unknown = || SessionError::Unknown { what: "view", name: name.to_owned() };
    let views = session.project().views().map_err(SessionError::Project)?;
    let (name, text) = views.into_iter().find(|(n, _)| n == name).ok_or_else(unknown)?;
    let record = serde_json::from_str(&text).with_context(|| format!("the view {name:?} cannot be read"))?;
    Ok(SavedView { name, record })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> ProjectFrame {
        lantu_geodesy::make_frame("EPSG:2263", None, "America/New_York").unwrap()
    }

    #[test]
    fn a_view_comes_back_to_a_tenth_of_a_millimeter_also_in_feet() {
        let camera = Camera {
            fov_y_deg: 60.0,
            ..Camera::looking(
                WorldPoint::new(300_123.456_7, 64_321.987_6, 88.0),
                WorldPoint::new(300_200.0, 64_400.0, 10.0),
            )
        };
        let record = ViewRecord {
            hidden_layers: Some(vec!["pipes".to_owned()]),
            xray: Some(true),
            order: Some(3),
            ..ViewRecord::of(&camera, &frame())
        };
        let text = serde_json::to_string(&record).unwrap();
        let back: ViewRecord = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&back.hidden_layers, back.xray, back.order),
            (&record.hidden_layers, Some(true), Some(3))
        );
        let c = back.camera(&frame()).unwrap();
        assert!(c.eye.0.distance(camera.eye.0) < 1e-4 && c.target.0.distance(camera.target.0) < 1e-4);
        assert!((c.fov_y_deg - 60.0).abs() < 1e-12 && c.up == camera.up);
    }

    #[test]
    fn a_view_keeps_how_tall_heights_are_drawn() {
        let (eye, target) = (WorldPoint::new(0.0, -100.0, 90.0), WorldPoint::new(0.0, 0.0, 30.0));
        let plain = Camera::looking(eye, target);
        let camera = plain.stretched(Stretch::new(3.0).unwrap());
        let record = ViewRecord::of(&camera, &frame());
        assert_eq!((record.exaggeration, record.eye[2].round()), (Some(3.0), 90.0));
        let back = record.camera(&frame()).unwrap();
        assert!(back.eye.0.distance(camera.eye.0) < 1e-4 && back.stretch == camera.stretch);
        let senseless = ViewRecord { exaggeration: Some(-3.0), ..record };
        assert!(senseless.camera(&frame()).is_some_and(|c| !c.stretch.changes()));
    }

    #[test]
    fn a_view_of_an_older_project_has_a_camera_and_leaves_the_rest_alone() {
        let old = r#"{"eye":[455452.0,4428330.0,175.0],"target":[455612.0,4428545.0,38.0]}"#;
        let record: ViewRecord = serde_json::from_str(old).unwrap();
        assert!(record.camera(&frame()).is_some());
        assert_eq!(record.overlay_or(Some(OverlayKind::Risk)), Some(OverlayKind::Risk));
        assert_eq!(record.outline_or(Some(OverlayKind::Risk)), Some(OverlayKind::Risk));
        let none = ViewRecord { outline: Some("none".to_owned()), ..record.clone() };
        assert_eq!(none.outline_or(Some(OverlayKind::Risk)), None);
        assert_eq!((record.hidden_layers, record.order), (None, None));
    }

    #[test]
    fn a_view_with_senseless_numbers_makes_no_camera() {
        let at = |eye: [f64; 3], target: [f64; 3]| ViewRecord { eye, target, ..ViewRecord::default() };
        assert!(at([0.0; 3], [0.0; 3]).camera(&frame()).is_none());
        assert!(at([f64::NAN, 0.0, 0.0], [1.0; 3]).camera(&frame()).is_none());
        let bent = ViewRecord { up: Some([0.0; 3]), fov_y_deg: Some(-4.0), ..at([0.0; 3], [1.0; 3]) };
        assert!(bent.camera(&frame()).is_some_and(|c| c.up == DVec3::Z && c.fov_y_deg > 1.0));
    }
}
