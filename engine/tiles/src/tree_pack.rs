//! Tile trees as bytes: pack format `LTT1`.
//!
//! Content: number of roots and of nodes (2 u32), the hashes (32 bytes each), then columns of words: number of
//! children, low and high words of the six box coordinates, of the error and of the bytes, triangles, vertices, layer
//! (kind, `z_order`). Parents and first children follow from the breadth-first order.

use glam::DVec3;
use lantu_base::Bounds;

use crate::error::TileError;
use crate::mesh_tile::TileLayer;
use crate::pack::{Cursor, PackHash, put_column, seal, unseal};
use crate::tree::{MAX_NODES, TileNode, TileTree};

const MAGIC: [u8; 4] = *b"LTT1";

/// Content of a node: its hash and 21 words.
const NODE_BYTES: usize = 32 + 21 * 4;

/// A tile tree as the bytes of its pack. The same tree gives the same bytes.
///
/// # Errors
/// [`TileError::Damaged`] and [`TileError::TooLarge`] for a tree that [`TileTree::check`] refuses.
pub fn encode_tree(tree: &TileTree) -> Result<Vec<u8>, TileError> {
    tree.check()?;
    let nodes = &tree.nodes;
    let n = u32::try_from(nodes.len()).map_err(|_too_many| TileError::TooLarge(nodes.len()))?;
    let mut raw = Vec::with_capacity(8 + nodes.len() * NODE_BYTES);
    raw.extend(tree.n_roots().to_le_bytes());
    raw.extend(n.to_le_bytes());
    raw.extend(nodes.iter().flat_map(|node| node.hash.0));
    put_column(&mut raw, &nodes.iter().map(|node| node.n_children));
    for k in 0..6 {
        put_wide(&mut raw, &nodes.iter().map(|node| double_bits(node.bounds, k)));
    }
    put_wide(&mut raw, &nodes.iter().map(|node| node.geometric_error_m.to_bits()));
    put_wide(&mut raw, &nodes.iter().map(|node| node.bytes));
    put_column(&mut raw, &nodes.iter().map(|node| node.n_triangles));
    put_column(&mut raw, &nodes.iter().map(|node| node.n_vertices));
    put_column(&mut raw, &nodes.iter().map(|node| layer_words(node.layer).0));
    put_column(&mut raw, &nodes.iter().map(|node| layer_words(node.layer).1));
    seal(MAGIC, &raw)
}

/// A tile tree from the bytes of its pack; [`TileTree::check`] holds for it.
///
/// # Errors
/// [`TileError::NewerVersion`]; [`TileError::Damaged`] for anything else that [`encode_tree`] did not write.
pub fn decode_tree(pack: &[u8]) -> Result<TileTree, TileError> {
    let raw = unseal(MAGIC, pack)?;
    let mut cursor = Cursor::new(&raw);
    let n_roots = cursor.u32()?;
    let n = cursor.u32()? as usize;
    if n > MAX_NODES || n * NODE_BYTES != cursor.rest().len() {
        return Err(TileError::Damaged("its counts do not fit together"));
    }
    let mut hashes = cursor.bytes(n * 32)?.as_chunks::<32>().0.iter().copied();
    let mut n_children = cursor.column(n)?.into_iter();
    let mut doubles = Vec::with_capacity(7);
    for _column in 0..7 {
        doubles.push(wide(&mut cursor, n)?);
    }
    let mut bytes = wide(&mut cursor, n)?;
    let mut n_triangles = cursor.column(n)?.into_iter();
    let mut n_vertices = cursor.column(n)?.into_iter();
    let mut kinds = cursor.column(n)?.into_iter();
    let mut z_orders = cursor.column(n)?.into_iter();
    let mut nodes = Vec::with_capacity(n);
    let mut next = n_roots;
    for _node in 0..n {
        let short = TileError::Damaged("it is cut short");
        let n_children = n_children.next().ok_or(short)?;
        let mut d = [0.0; 7];
        for (to, column) in d.iter_mut().zip(&mut doubles) {
            *to = f64::from_bits(column.next().unwrap_or_default());
        }
        let [x, y, z, u, v, w, geometric_error_m] = d;
        nodes.push(TileNode {
            hash: PackHash(hashes.next().unwrap_or_default()),
            bounds: Bounds::new(DVec3::new(x, y, z), DVec3::new(u, v, w)),
            geometric_error_m,
            parent: None,
            first_child: if n_children == 0 { 0 } else { next },
            n_children,
            bytes: bytes.next().unwrap_or_default(),
            n_triangles: n_triangles.next().unwrap_or_default(),
            n_vertices: n_vertices.next().unwrap_or_default(),
            layer: layer(kinds.next().unwrap_or_default(), z_orders.next().unwrap_or_default())?,
        });
        next = next.checked_add(n_children).ok_or(TileError::Damaged("its counts do not fit together"))?;
    }
    let mut tree = TileTree { nodes };
    link_parents(&mut tree);
    tree.check()?;
    if tree.n_roots() == n_roots {
        Ok(tree)
    } else {
        Err(TileError::Damaged("its roots are not where it says"))
    }
}

fn link_parents(tree: &mut TileTree) {
    for parent in 0..u32::try_from(tree.nodes.len()).unwrap_or(0) {
        let children = tree.children(parent);
        let range = children.start as usize..children.end as usize;
        for child in tree.nodes.get_mut(range).unwrap_or_default() {
            child.parent = Some(parent);
        }
    }
}

fn double_bits(bounds: Bounds, k: usize) -> u64 {
    bounds.to_array().get(k).copied().unwrap_or_default().to_bits()
}

fn layer_words(layer: TileLayer) -> (u32, u32) {
    match layer {
        TileLayer::Solid => (0, 0),
        TileLayer::Draped { z_order } => (1, z_order.cast_unsigned()),
        TileLayer::Underground => (2, 0),
    }
}

fn layer(kind: u32, z_order: u32) -> Result<TileLayer, TileError> {
    match (kind, z_order) {
        (0, 0) => Ok(TileLayer::Solid),
        (1, z) => Ok(TileLayer::Draped { z_order: z.cast_signed() }),
        (2, 0) => Ok(TileLayer::Underground),
        _ => Err(TileError::Damaged("unknown layer")),
    }
}

/// Writes 64-bit values as two columns.
#[expect(clippy::cast_possible_truncation, reason = "the low word")]
fn put_wide(out: &mut Vec<u8>, values: &(impl Iterator<Item = u64> + Clone)) {
    put_column(out, &values.clone().map(|v| v as u32));
    put_column(out, &values.clone().map(|v| (v >> 32) as u32));
}

fn wide(cursor: &mut Cursor<'_>, n: usize) -> Result<impl Iterator<Item = u64> + use<>, TileError> {
    let (low, high) = (cursor.column(n)?, cursor.column(n)?);
    Ok(low.into_iter().zip(high).map(|(l, h)| u64::from(h) << 32 | u64::from(l)))
}
