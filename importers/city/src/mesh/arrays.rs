//! The numbers of one primitive: from accessors, or from a mesh that Draco packed (`KHR_draco_mesh_compression`).

use draco_core::{DataType, DecodeLimits, DecoderBuffer, Mesh, MeshDecoder, PointAttribute};
use serde_json::Value;

use super::data::Data;
use super::document::Primitive;
use super::surfaces::MAX_TRIANGLES;

/// Its name.
pub(crate) const DRACO: &str = "KHR_draco_mesh_compression";

/// Bytes of one unpacked mesh at most. Chosen: as of the buffers of a document.
const MAX_BYTES: u64 = 1 << 30;

/// Where the numbers of a primitive come from.
pub(crate) struct Arrays<'a> {
    data: &'a Data<'a>,
    primitive: &'a Primitive,
    unpacked: Option<Mesh>,
}

impl<'a> Arrays<'a> {
    /// Unpacks a primitive where it is packed. Why not is a sentence.
    pub(crate) fn of(data: &'a Data<'a>, primitive: &'a Primitive) -> Result<Self, String> {
        let unpacked = primitive.extensions.get(DRACO).map(|said| unpack(data, said)).transpose();
        Ok(Self { data, primitive, unpacked: unpacked.map_err(|why| format!("by {DRACO}: {why}"))? })
    }

    /// An attribute as N components for each point, as [`Data::numbers`]; `None` where it has none of this name.
    pub(crate) fn numbers<const N: usize>(&self, name: &str) -> Option<Result<Vec<[f32; N]>, String>> {
        if let Some((mesh, attribute)) = self.packed(name) {
            let normalized = self.is_normalized(name) || attribute.normalized();
            return Some(Ok(unpacked_numbers(mesh, attribute, normalized)));
        }
        self.primitive.attributes.get(name).map(|ix| self.data.numbers::<N>(*ix))
    }

    /// An attribute of whole numbers, one for each point.
    pub(crate) fn whole(&self, name: &str) -> Option<Result<Vec<u32>, String>> {
        if let Some((mesh, attribute)) = self.packed(name) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "checked to lie within"
            )]
            let whole = |[v]: [f32; 1]| if (0.0..16_777_216.0).contains(&v) { v as u32 } else { u32::MAX };
            return Some(Ok(unpacked_numbers(mesh, attribute, false).into_iter().map(whole).collect()));
        }
        self.primitive.attributes.get(name).map(|ix| self.data.whole(*ix))
    }

    /// Corners and how they are joined: `mode` of glTF.
    pub(crate) fn corners(&self, n_points: usize) -> Result<(Vec<u32>, u32), String> {
        if let Some(mesh) = &self.unpacked {
            return Ok((mesh.faces().iter().flat_map(|f| f.map(|p| p.0)).collect(), 4));
        }
        let corners = match self.primitive.indices {
            Some(ix) => self.data.whole(ix)?,
            None => (0..u32::try_from(n_points).unwrap_or(u32::MAX)).collect(),
        };
        Ok((corners, self.primitive.mode.unwrap_or(4)))
    }

    /// An attribute that is in the packed mesh, under the number that the document gives it.
    fn packed(&self, name: &str) -> Option<(&Mesh, &PointAttribute)> {
        let mesh = self.unpacked.as_ref()?;
        let id = self.primitive.extensions.get(DRACO)?.get("attributes")?.get(name)?.as_u64()?;
        Some((mesh, mesh.attribute_by_unique_id(u32::try_from(id).ok()?)?))
    }

    fn is_normalized(&self, name: &str) -> bool {
        self.primitive.attributes.get(name).is_some_and(|ix| self.data.is_normalized(*ix))
    }
}

fn unpack(data: &Data<'_>, said: &Value) -> Result<Mesh, String> {
    let view = said.get("bufferView").and_then(Value::as_u64).and_then(|v| usize::try_from(v).ok());
    let (bytes, _) = data.view(view.ok_or("it names no bufferView")?)?;
    let limits =
        DecodeLimits::default().with_max_faces(MAX_TRIANGLES as u64).with_max_decoded_bytes(MAX_BYTES);
    let mut buffer = DecoderBuffer::new(bytes).with_limits(limits);
    let mut mesh = Mesh::new();
    MeshDecoder::new().decode(&mut buffer, &mut mesh).map_err(|e| e.to_string())?;
    Ok(mesh)
}

/// N components for each point: further ones are left out, missing ones are 1.
fn unpacked_numbers<const N: usize>(
    mesh: &Mesh,
    attribute: &PointAttribute,
    normalized: bool,
) -> Vec<[f32; N]> {
    let have = usize::from(attribute.num_components()).min(N);
    if have == 0 {
        return vec![[1.0; N]; mesh.num_points()];
    }
    // Specified: 3.6.2.2 of glTF 2.0.
    let whole = match attribute.data_type() {
        DataType::Int8 if normalized => 127.0,
        DataType::Uint8 if normalized => 255.0,
        DataType::Int16 if normalized => 32_767.0,
        DataType::Uint16 if normalized => 65_535.0,
        _ => 1.0,
    };
    let values = attribute.read_f32s(mesh.num_points(), have);
    let point = |own: &[f32]| {
        let mut out = [1.0; N];
        for (v, n) in out.iter_mut().zip(own) {
            *v = if normalized { (n / whole).max(-1.0) } else { *n };
        }
        out
    };
    values.chunks_exact(have).map(point).collect()
}
