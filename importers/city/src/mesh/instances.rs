//! Where the shape of an instanced tile (i3dm) stands, again and again.
//!
//! Source: OGC 22-025r4 (3D Tiles 1.1), annex on instanced 3D models.

use glam::{DMat4, DVec3};
use serde_json::Value;

use super::tileset::numbers;

/// One place of a repeated shape.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Instance {
    /// From the shape's axes, z up, to those of the tile before its center is added.
    pub(crate) place: DMat4,
    /// Its feature in the table of the tile.
    pub(crate) feature: u32,
}

/// Places of one shape at most. Chosen: a forest; each is an object of its own.
const MAX_INSTANCES: u64 = 1_000_000;
/// Largest 16-bit number: what it stands for is 1.
const FULL: f64 = 65_535.0;

/// The instances that a feature table lists. Why they cannot be read is a sentence.
pub(crate) fn instances(
    table: &Value,
    binary: &[u8],
    notes: &mut Vec<(&'static str, String)>,
) -> Result<Vec<Instance>, String> {
    let n = table.get("INSTANCES_LENGTH").and_then(Value::as_u64);
    let n = n.ok_or("the tile does not say how many instances it has")?;
    if n > MAX_INSTANCES {
        return Err(format!("a tile of {n} instances, more than {MAX_INSTANCES}"));
    }
    let rows = Rows { table, binary };
    let (mut out, mut n_bad) = (Vec::new(), 0);
    for ix in 0..n {
        match rows.instance(ix)? {
            Some(instance) => out.push(instance),
            None => n_bad += 1,
        }
    }
    if n_bad > 0 {
        let what = format!("{n_bad} of {n} instances have no place or no size, and are left out");
        notes.push(("mesh.instances", what));
    }
    Ok(out)
}

struct Rows<'a> {
    table: &'a Value,
    binary: &'a [u8],
}

impl Rows<'_> {
    fn instance(&self, ix: u64) -> Result<Option<Instance>, String> {
        let at = self.position(ix)?;
        let turn = self.turn(ix, at)?;
        let even = self.row::<1>("SCALE", ix)?.map_or(1.0, |[s]| s);
        let scale = self.row::<3>("SCALE_NON_UNIFORM", ix)?.map_or(DVec3::ONE, DVec3::from_array) * even;
        let place = DMat4::from_translation(at) * turn * DMat4::from_scale(scale);
        let feature = match self.batch(ix)? {
            Some(id) => id,
            None => u32::try_from(ix).unwrap_or(u32::MAX),
        };
        let sound = place.is_finite() && place.determinant() != 0.0;
        Ok(sound.then_some(Instance { place, feature }))
    }

    fn position(&self, ix: u64) -> Result<DVec3, String> {
        if let Some(p) = self.row::<3>("POSITION", ix)? {
            return Ok(DVec3::from_array(p));
        }
        let global = |name: &str| self.global(name).ok_or_else(|| format!("the tile has no {name}"));
        let Some(q) = self.whole::<3>("POSITION_QUANTIZED", ix)? else {
            return Err("the instances of the tile have no positions".to_owned());
        };
        let share = DVec3::from_array(q) / FULL;
        let (offset, scale) = (global("QUANTIZED_VOLUME_OFFSET")?, global("QUANTIZED_VOLUME_SCALE")?);
        Ok(DVec3::from_array(offset) + share * DVec3::from_array(scale))
    }

    /// How it is turned: as it says, else by the compass at its place if the tile says so, else not.
    fn turn(&self, ix: u64, at: DVec3) -> Result<DMat4, String> {
        let plain = (self.row::<3>("NORMAL_UP", ix)?, self.row::<3>("NORMAL_RIGHT", ix)?);
        let packed = || -> Result<_, String> {
            let read = |name: &str| self.whole::<2>(name, ix);
            Ok((read("NORMAL_UP_OCT32P")?.map(unfold), read("NORMAL_RIGHT_OCT32P")?.map(unfold)))
        };
        let said = match plain {
            (Some(up), Some(right)) => Some((DVec3::from_array(up), DVec3::from_array(right))),
            _ => match packed()? {
                (Some(up), Some(right)) => Some((up, right)),
                _ => None,
            },
        };
        let axes = |x: DVec3, y: DVec3, z: DVec3| {
            DMat4::from_cols(x.extend(0.0), y.extend(0.0), z.extend(0.0), DVec3::ZERO.extend(1.0))
        };
        if let Some((up, right)) = said {
            return Ok(axes(right, up, right.cross(up)));
        }
        let compass = self.table.get("EAST_NORTH_UP").and_then(Value::as_bool) == Some(true);
        Ok(if compass {
            compass_at(at).map_or(DMat4::IDENTITY, |[e, n, u]| axes(e, n, u))
        } else {
            DMat4::IDENTITY
        })
    }

    fn batch(&self, ix: u64) -> Result<Option<u32>, String> {
        let Some(said) = self.table.get("BATCH_ID") else { return Ok(None) };
        let bytes: usize = match said.get("componentType").and_then(Value::as_str).unwrap_or("UNSIGNED_SHORT")
        {
            "UNSIGNED_BYTE" => 1,
            "UNSIGNED_SHORT" => 2,
            "UNSIGNED_INT" => 4,
            other => return Err(format!("ids of instances are of the type {other:?}")),
        };
        let part = self.bytes("BATCH_ID", ix, bytes)?.unwrap_or_default();
        Ok(Some(part.iter().rev().fold(0, |id, b| id << 8 | u32::from(*b))))
    }

    /// A row of 32-bit numbers; `None` where the table has no such column.
    fn row<const N: usize>(&self, name: &str, ix: u64) -> Result<Option<[f64; N]>, String> {
        let part = self.bytes(name, ix, N * 4)?;
        Ok(part.and_then(|p| floats::<N>(p, 0)))
    }

    /// A row of 16-bit numbers.
    fn whole<const N: usize>(&self, name: &str, ix: u64) -> Result<Option<[f64; N]>, String> {
        let part = self.bytes(name, ix, N * 2)?;
        let numbers = |p: &[u8]| -> Option<[f64; N]> {
            let all: Vec<f64> =
                p.as_chunks::<2>().0.iter().map(|b| f64::from(u16::from_le_bytes(*b))).collect();
            all.try_into().ok()
        };
        Ok(part.and_then(numbers))
    }

    fn bytes(&self, name: &str, ix: u64, size: usize) -> Result<Option<&[u8]>, String> {
        let Some(said) = self.table.get(name) else { return Ok(None) };
        let from = said.get("byteOffset").and_then(Value::as_u64);
        let from = from.and_then(|f| f.checked_add(ix.checked_mul(size as u64)?));
        let part = from.and_then(|f| usize::try_from(f).ok()).and_then(|f| self.binary.get(f..)?.get(..size));
        part.map(Some).ok_or_else(|| format!("{name} of instance {ix} lies beyond the tile's table"))
    }

    /// Three numbers that hold for all, in the table or in the bytes that follow it.
    fn global(&self, name: &str) -> Option<[f64; 3]> {
        let said = self.table.get(name)?;
        match said.get("byteOffset").and_then(Value::as_u64) {
            Some(at) => floats::<3>(self.binary, usize::try_from(at).ok()?),
            None => numbers::<3>(said),
        }
    }
}

/// Little-endian 32-bit numbers at an offset.
pub(crate) fn floats<const N: usize>(bytes: &[u8], at: usize) -> Option<[f64; N]> {
    let part = bytes.get(at..)?.get(..N * 4)?;
    let all: Vec<f64> = part.as_chunks::<4>().0.iter().map(|b| f64::from(f32::from_le_bytes(*b))).collect();
    all.try_into().ok()
}

/// A unit vector that is folded onto a square: Cigolle and others (2014), oct32P.
fn unfold(packed: [f64; 2]) -> DVec3 {
    let [x, y] = packed.map(|v| v / FULL * 2.0 - 1.0);
    let z = 1.0 - x.abs() - y.abs();
    let sign = |v: f64| if v < 0.0 { -1.0 } else { 1.0 };
    let (x, y) = if z < 0.0 { ((1.0 - y.abs()) * sign(x), (1.0 - x.abs()) * sign(y)) } else { (x, y) };
    DVec3::new(x, y, z).try_normalize().unwrap_or(DVec3::Z)
}

/// East, north and up at a place in meters from the middle of the Earth; `None` at the poles and the middle.
fn compass_at(at: DVec3) -> Option<[DVec3; 3]> {
    /// The half axes of WGS 84, meters.
    const AXES: DVec3 = DVec3::new(6_378_137.0, 6_378_137.0, 6_356_752.314_245);
    let up = (at / (AXES * AXES)).try_normalize()?;
    let east = DVec3::Z.cross(up).try_normalize()?;
    Some([east, up.cross(east), up])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: DVec3, b: DVec3) {
        assert!((a - b).length() < 1e-4, "{a} {b}");
    }

    #[test]
    fn folded_directions_come_back() {
        let half = 32_767.5;
        close(unfold([half, half]), DVec3::Z);
        close(unfold([FULL, half]), DVec3::X);
        close(unfold([half, 0.0]), -DVec3::Y);
        close(unfold([0.0, 0.0]), -DVec3::Z);
    }

    #[test]
    fn the_compass_points_up_and_north() {
        let [east, north, up] = compass_at(DVec3::new(6_378_137.0, 0.0, 0.0)).unwrap();
        close(east, DVec3::Y);
        close(north, DVec3::Z);
        close(up, DVec3::X);
        assert!(compass_at(DVec3::ZERO).is_none());
    }
}
