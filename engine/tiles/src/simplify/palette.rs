//! The colors of a cell's parts, and those that merging adds.

use std::collections::HashMap;

use glam::Vec3;

use super::soup::{Face, Mixed, Soup};
use super::threads::Thread;
use crate::vertex::FLAT_FACE;

/// The colors of a cell's parts, and those that merging adds.
pub(super) struct Palette<'a> {
    given: &'a [u32],
    mixed: Vec<Mixed>,
    numbers: HashMap<Mixed, u32>,
}

impl<'a> Palette<'a> {
    /// `mixed`: what merging added in the cells below.
    pub(super) fn new(given: &'a [u32], mixed: &[Mixed]) -> Palette<'a> {
        Palette { given, mixed: mixed.to_vec(), numbers: HashMap::new() }
    }

    fn mixed(&self, part: u32) -> Option<&Mixed> {
        self.mixed.get((part as usize).checked_sub(self.given.len())?)
    }

    /// Red, green and blue from 0 to 255 of an opaque part.
    pub(super) fn opaque(&self, part: u32) -> Option<Vec3> {
        let rgba = self.given.get(part as usize).copied().or_else(|| self.mixed(part).map(|m| m.rgba))?;
        let [r, g, b, alpha] = rgba.to_le_bytes();
        (alpha == 255).then(|| [r, g, b].map(f32::from).into())
    }

    /// How far the colors of a part's members are from its own, 0 to 255.
    pub(super) fn off(&self, part: u32) -> f32 {
        self.mixed(part).map_or(0.0, |m| f32::from(m.off))
    }

    /// A part with the object of `part` and a color (red, green and blue from 0 to 255), from which its members'
    /// colors are `off` at most.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0 to 255")]
    pub(super) fn part(&mut self, part: u32, color: Vec3, off: f32) -> u32 {
        let color = color.round().clamp(Vec3::ZERO, Vec3::splat(255.0));
        if self.opaque(part) == Some(color) && off <= self.off(part) {
            return part;
        }
        let [r, g, b] = color.to_array().map(|c| c as u8);
        let rgba = u32::from_le_bytes([r, g, b, 255]);
        let part = self.mixed(part).map_or(part, |m| m.part);
        let mixed = Mixed { part, rgba, off: off.ceil().clamp(0.0, 255.0) as u8 };
        let next = u32::try_from(self.given.len() + self.mixed.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(mixed).or_insert_with(|| {
            self.mixed.push(mixed);
            next
        })
    }

    /// Faces, threads and faint ones as a soup whose equal positions are stored once, with the mixed parts that they name.
    pub(super) fn soup(&self, faces: &[Face], threads: [&[Thread]; 2]) -> Soup {
        let mut out = Soup::default();
        let mut ids: HashMap<[u32; 3], u32> = HashMap::new();
        let mut parts: HashMap<Mixed, u32> = HashMap::new();
        let mut mixed: Vec<Mixed> = Vec::new();
        let mut number = |part: u32| {
            self.mixed(part).map_or(part, |&own| {
                let next = u32::try_from(self.given.len() + mixed.len()).unwrap_or(u32::MAX);
                *parts.entry(own).or_insert_with(|| {
                    mixed.push(own);
                    next
                })
            })
        };
        for face in faces {
            out.triangles.push(face.p.map(|p| {
                let next = u32::try_from(out.positions.len()).unwrap_or(u32::MAX);
                // Adding zero makes -0 and 0 one position.
                *ids.entry((p + Vec3::ZERO).to_array().map(f32::to_bits)).or_insert_with(|| {
                    out.positions.push(p.to_array());
                    next
                })
            }));
            out.part.push(number(face.part));
            out.single_sided.push(face.single_sided);
        }
        let [threads, faint] =
            threads.map(|some| some.iter().map(|t| Thread { part: number(t.part), ..*t }).collect());
        (out.threads, out.faint, out.mixed) = (threads, faint, mixed);
        if faces.iter().any(|f| f.normals != FLAT_FACE) {
            out.normals = Some(faces.iter().map(|f| f.normals).collect());
        }
        out
    }
}
