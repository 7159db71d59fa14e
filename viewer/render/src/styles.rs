//! The style table: eight bytes a row, mirrored here, written to the GPU by pages that changed.

use std::collections::BTreeSet;

use lantu_base::{Style, StyleFlags};

/// Rows of one page. Chosen: 32 KiB, one write.
const PAGE_ROWS: usize = 4096;
/// Bytes of a row.
const ROW_BYTES: u64 = size_of::<Style>() as u64;

/// Every object's style.
#[derive(Debug)]
pub(crate) struct StyleTable {
    rows: Vec<Style>,
    dirty: BTreeSet<usize>,
    /// When a page last changed.
    page_revision: Vec<u64>,
    revision: u64,
    /// Rows that tiles refer to.
    n_referred: usize,
    /// Rows that one binding shows.
    window_rows: usize,
    buffer: wgpu::Buffer,
    capacity_rows: usize,
}

impl StyleTable {
    pub(crate) fn new(device: &wgpu::Device) -> Self {
        let capacity_rows = PAGE_ROWS * 2;
        Self {
            rows: Vec::new(),
            dirty: BTreeSet::new(),
            page_revision: Vec::new(),
            revision: 1,
            n_referred: 0,
            window_rows: PAGE_ROWS,
            buffer: make_buffer(device, capacity_rows),
            capacity_rows,
        }
    }

    /// Replaces rows from `first_row` on. Rows that nobody set show their material.
    pub(crate) fn set(&mut self, first_row: u32, styles: &[Style]) {
        let first = first_row as usize;
        let end = first + styles.len();
        if self.rows.len() < end {
            self.rows.resize(end, Style::default());
            self.page_revision.resize(end.div_ceil(PAGE_ROWS), 0);
        }
        self.revision += 1;
        let Some(own) = self.rows.get_mut(first..end) else { return };
        let mut at = first;
        let mut rest = (own, styles);
        while !rest.0.is_empty() {
            let n = (PAGE_ROWS - at % PAGE_ROWS).min(rest.0.len());
            let (own, own_rest) = rest.0.split_at_mut(n);
            let (new, new_rest) = rest.1.split_at(n);
            if own != new {
                own.copy_from_slice(new);
                let page = at / PAGE_ROWS;
                self.dirty.insert(page);
                if let Some(r) = self.page_revision.get_mut(page) {
                    *r = self.revision;
                }
            }
            at += n;
            rest = (own_rest, new_rest);
        }
    }

    /// A number that grows with every change.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether rows in `first..=last` changed after `revision`.
    pub(crate) fn changed_since(&self, revision: u64, first: u32, last: u32) -> bool {
        let pages = first as usize / PAGE_ROWS..(last as usize / PAGE_ROWS + 1).min(self.page_revision.len());
        self.page_revision.get(pages).is_some_and(|p| p.iter().any(|&r| r > revision))
    }

    /// All flags that occur among `rows`; `FADED` where some object is more translucent than its material.
    pub(crate) fn flags_among(&self, rows: &[u32]) -> u32 {
        rows.iter().filter_map(|&r| self.rows.get(r as usize)).fold(0, |all, s| {
            all | match s.opacity() {
                _ if s.flags & StyleFlags::HIDDEN != 0 => StyleFlags::HIDDEN,
                0 => StyleFlags::HIDDEN,
                255 => s.flags,
                _ => s.flags | StyleFlags::FADED,
            }
        })
    }

    /// Whether some row is outlined.
    pub(crate) fn has_outlines(&self) -> bool {
        self.rows.iter().any(|s| s.flags & (StyleFlags::OUTLINE | StyleFlags::SELECTED) != 0)
    }

    /// Whether nothing shows through a row's opaque triangles.
    pub(crate) fn is_solid(&self, row: u32) -> bool {
        let gone = StyleFlags::HIDDEN | StyleFlags::GHOSTED;
        self.rows.get(row as usize).is_none_or(|s| s.flags & gone == 0 && s.opacity() == 255)
    }

    /// Makes room for tiles whose rows span `window` rows and end before `end`.
    pub(crate) fn reserve(&mut self, window: usize, end: usize) {
        self.window_rows = self.window_rows.max(window.next_power_of_two());
        self.n_referred = self.n_referred.max(end);
    }

    /// Bytes that one binding shows.
    pub(crate) fn window_bytes(&self) -> u64 {
        self.window_rows as u64 * ROW_BYTES
    }

    /// Memory here and on the GPU, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        (self.rows.capacity() + self.capacity_rows) as u64 * ROW_BYTES
    }

    pub(crate) fn buffer(&self) -> &wgpu::Buffer {
        &self.buffer
    }

    /// Writes what changed. Whether the buffer is a new one, and bytes written.
    pub(crate) fn upload(&mut self, device: &wgpu::Device, queue: &wgpu::Queue) -> (bool, u64) {
        // Every window that starts at a row in use must end inside the buffer.
        let needed = self.rows.len().max(self.n_referred) + self.window_rows;
        let grown = needed > self.capacity_rows;
        if grown {
            self.capacity_rows = needed.next_multiple_of(PAGE_ROWS).max(self.capacity_rows * 3 / 2);
            self.buffer = make_buffer(device, self.capacity_rows);
            self.dirty.extend(0..self.rows.len().div_ceil(PAGE_ROWS));
        }
        let mut bytes = 0;
        let mut pages = std::mem::take(&mut self.dirty).into_iter().peekable();
        while let Some(first) = pages.next() {
            let mut end = first + 1;
            while pages.next_if_eq(&end).is_some() {
                end += 1;
            }
            let range = first * PAGE_ROWS..(end * PAGE_ROWS).min(self.rows.len());
            if let Some(rows) = self.rows.get(range) {
                let data: &[u8] = bytemuck::cast_slice(rows);
                queue.write_buffer(&self.buffer, (first * PAGE_ROWS) as u64 * ROW_BYTES, data);
                bytes += data.len() as u64;
            }
        }
        (grown, bytes)
    }
}

fn make_buffer(device: &wgpu::Device, rows: usize) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("styles"),
        size: rows as u64 * ROW_BYTES,
        usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}
