//! What holds elements, and how far it is by a survey of them.

use std::collections::BTreeMap;

use lantu_base::{ObjectRow, SourceId};
use lantu_scene::SceneSnapshot;

use crate::asbuilt::judge::AsBuilt;
use crate::asbuilt::survey::Survey;

/// Classes that elements are contained in: IFC2X3 to IFC4X3 (spatial structure and zones), without rooms, as an element
/// belongs to its storey; `CityGML` 3.0 and `CityJSON` 2.0, the wholes of parts and groups.
const ZONE_CLASSES: [&str; 19] = [
    "IfcSite",
    "IfcBuilding",
    "IfcBuildingStorey",
    "IfcBridge",
    "IfcBridgePart",
    "IfcRoad",
    "IfcRoadPart",
    "IfcRailway",
    "IfcRailwayPart",
    "IfcMarineFacility",
    "IfcMarinePart",
    "IfcFacility",
    "IfcFacilityPart",
    "IfcFacilityPartCommon",
    "IfcSpatialZone",
    "Bridge",
    "Building",
    "CityObjectGroup",
    "Tunnel",
];

/// The elements of a storey, a part of a bridge and the like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// The source that they are of.
    pub source: SourceId,
    /// What holds them; `None` for elements of the source that nothing holds.
    pub row: Option<ObjectRow>,
    /// By state, in the order of [`AsBuilt::ALL`].
    pub counts: [u64; AsBuilt::ALL.len()],
}

impl Zone {
    /// How far it is: built where all of its observable elements are, not started where none is begun; with elements
    /// that deviate it deviates once all stand.
    pub fn state(&self) -> AsBuilt {
        let [not_started, in_progress, built, deviates, _] = self.counts;
        match (not_started + in_progress, built + deviates) {
            (0, 0) => AsBuilt::NotObservable,
            (0, _) if deviates > 0 => AsBuilt::Deviates,
            (0, _) => AsBuilt::Built,
            (_, 0) if in_progress == 0 => AsBuilt::NotStarted,
            _ => AsBuilt::InProgress,
        }
    }
}

impl Survey {
    /// The elements by source and by what holds them, in the order of rows; of a source those that nothing holds come first.
    pub fn zones(&self, scene: &SceneSnapshot) -> Vec<Zone> {
        let mut zones: BTreeMap<(u32, Option<ObjectRow>), Zone> = BTreeMap::new();
        for p in &self.proposals {
            let Some(o) = scene.object(p.row) else { continue };
            let row = zone_of(scene, p.row);
            let zone = zones.entry((o.span.first_row, row)).or_insert_with(|| Zone {
                source: o.span.source.clone(),
                row,
                counts: [0; AsBuilt::ALL.len()],
            });
            for (count, _) in zone.counts.iter_mut().zip(AsBuilt::ALL).filter(|(_, s)| *s == p.state) {
                *count += 1;
            }
        }
        zones.into_values().collect()
    }
}

/// The nearest zone that holds an object.
fn zone_of(scene: &SceneSnapshot, row: ObjectRow) -> Option<ObjectRow> {
    let mut at = scene.object(row)?.parent();
    // A chain of wholes that leads back to itself would never end; no sound one is deeper.
    for _ in 0..64 {
        let o = scene.object(at?)?;
        if ZONE_CLASSES.contains(&o.class()) {
            return at;
        }
        at = o.parent();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_as_far_as_its_observable_elements() {
        let check = |counts, expected| {
            let zone = Zone { source: SourceId::new("s"), row: None, counts };
            assert_eq!(zone.state(), expected, "{counts:?}");
        };
        check([0, 0, 0, 0, 9], AsBuilt::NotObservable);
        check([2, 0, 0, 0, 9], AsBuilt::NotStarted);
        check([2, 0, 1, 0, 9], AsBuilt::InProgress);
        check([0, 1, 5, 1, 9], AsBuilt::InProgress);
        check([0, 0, 5, 0, 9], AsBuilt::Built);
        check([0, 0, 5, 1, 9], AsBuilt::Deviates);
    }
}
