//! Whether a mesh tile can be drawn as it stands.

use crate::mesh_tile::{Cluster, MeshTile};

impl MeshTile {
    /// Says what contradicts itself: an index that names nothing, counts that do not fit, a position that is not a
    /// number.
    ///
    /// # Errors
    /// The contradiction, in words.
    pub fn check(&self) -> Result<(), &'static str> {
        if !self.origin.0.is_finite() {
            return Err("a position is not finite");
        }
        for cluster in &self.clusters {
            self.check_cluster(cluster)?;
        }
        let n_parts = self.parts.len();
        let known = |part: u32| (part as usize) < n_parts;
        if !self.segments.iter().all(|s| known(s.part_ix())) || !self.points.iter().all(|p| known(p.part)) {
            return Err("a part is out of range");
        }
        let finite = |p: &[f32]| p.iter().all(|v| v.is_finite());
        let all_finite = self.segments.iter().all(|s| finite(&s.a) && finite(&s.b) && s.width.is_finite())
            && self.points.iter().all(|p| finite(&p.at) && p.size.is_finite())
            && self.instances.iter().all(|i| i.rows.iter().all(|r| finite(r)));
        if all_finite { Ok(()) } else { Err("a position is not finite") }
    }

    fn check_cluster(&self, c: &Cluster) -> Result<(), &'static str> {
        const MISFIT: &str = "its counts do not fit together";
        let slice = |first: u32, n: u32| {
            let first = first as usize;
            first..first.saturating_add(n as usize)
        };
        let vertices = self.vertices.get(slice(c.first_vertex, c.n_vertices)).ok_or(MISFIT)?;
        let instances = self.instances.get(slice(c.first_instance, c.n_instances)).ok_or(MISFIT)?;
        let n = u64::from(c.n_opaque) + u64::from(c.n_transparent) + u64::from(c.n_edges);
        let n = u32::try_from(n).map_err(|_too_many| MISFIT)?;
        let indices = self.indices.get(slice(c.first_index, n)).ok_or(MISFIT)?;
        if !c.n_opaque.is_multiple_of(3)
            || !c.n_transparent.is_multiple_of(3)
            || !c.n_edges.is_multiple_of(2)
            || c.n_vertices > 1 << 16
            || instances.is_empty()
        {
            return Err(MISFIT);
        }
        if indices.iter().any(|&i| u32::from(i) >= c.n_vertices) {
            return Err("an index is out of range");
        }
        let mut next = 0;
        for range in &c.ranges {
            if range.first != next || !range.n.is_multiple_of(3) || range.cos_spread.is_nan() {
                return Err("its face ranges do not cover its faces");
            }
            next = next.checked_add(range.n).ok_or(MISFIT)?;
        }
        if next != c.n_opaque {
            return Err("its face ranges do not cover its faces");
        }
        let last_part = vertices.iter().map(|v| v.part).max().unwrap_or(0);
        let reach = |first: u32| (u64::from(first) + u64::from(last_part)) < self.parts.len() as u64;
        if !instances.iter().all(|i| reach(i.first_part)) {
            return Err("a part is out of range");
        }
        if c.min.iter().chain(&c.max).all(|v| v.is_finite()) {
            Ok(())
        } else {
            Err("a position is not finite")
        }
    }
}
