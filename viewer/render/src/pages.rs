//! A few large GPU buffers from which tiles get their parts: thousands of tiles are not thousands of buffers.

use wgpu::COPY_BUFFER_ALIGNMENT;

use crate::error::RenderError;
use crate::gpu::Gpu;

/// Smallest page, bytes. Chosen: a small project takes little.
const LEAST_PAGE_BYTES: u64 = 1 << 20;
/// Largest page, bytes; only what is larger alone gets a larger one. Chosen: a quarter of the smallest limit of a
/// storage binding met (128 MiB), and little is lost when one is mostly empty.
const MOST_PAGE_BYTES: u64 = 32 << 20;
/// What one tile can have in one page at most, bytes: the limit of a storage binding on lavapipe.
const MOST_ALONE_BYTES: u64 = 128 << 20;

const TOO_LARGE: RenderError = RenderError::BadTile("it is larger than the largest buffer");

/// Where something lies: elements `first..first + n` of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slot {
    pub page: u32,
    pub first: u32,
    pub n: u32,
}

/// One buffer.
#[derive(Debug)]
struct Page {
    buffer: wgpu::Buffer,
    /// What is not taken: `(first, n)`, ascending, never touching.
    free: Vec<(u32, u32)>,
    n: u32,
}

/// Buffers of one kind of element.
#[derive(Debug)]
pub(crate) struct Pages {
    label: &'static str,
    usage: wgpu::BufferUsages,
    /// Bytes of an element.
    element: u64,
    /// Slots start and end at multiples of this many elements, so that their bytes can be written.
    step: u32,
    /// Freed pages leave holes, so that the others keep their numbers.
    list: Vec<Option<Page>>,
    /// Counts pages made and freed.
    pub revision: u64,
}

impl Pages {
    /// `T`: the element.
    pub(crate) fn new<T: bytemuck::Pod>(label: &'static str, usage: wgpu::BufferUsages) -> Self {
        let element = size_of::<T>() as u64;
        let step = u32::from(!element.is_multiple_of(COPY_BUFFER_ALIGNMENT)) + 1;
        Self { label, usage, element, step, list: Vec::new(), revision: 0 }
    }

    /// Room for `n` elements. Nothing: an empty slot.
    ///
    /// # Errors
    /// [`RenderError::BadTile`] for more than one tile can have, [`RenderError::OutOfMemory`].
    pub(crate) fn take(&mut self, gpu: &Gpu, n: usize) -> Result<Slot, RenderError> {
        let bytes = n as u64 * self.element;
        let n = u32::try_from(n).map_err(|_too_many| TOO_LARGE)?;
        if bytes > MOST_ALONE_BYTES {
            return Err(TOO_LARGE);
        }
        if n == 0 {
            return Ok(Slot::default());
        }
        let room = n.next_multiple_of(self.step);
        for (page, p) in (0_u32..).zip(&mut self.list) {
            if let Some(first) = p.as_mut().and_then(|p| take_first(&mut p.free, room)) {
                return Ok(Slot { page, first, n });
            }
        }
        // As much again as there is, so that the number of pages stays small and little is left over.
        let wanted = self.allocated_bytes().clamp(LEAST_PAGE_BYTES, MOST_PAGE_BYTES).max(bytes);
        let in_page = u32::try_from(wanted / self.element).unwrap_or(room);
        let in_page = in_page.next_multiple_of(self.step).max(room);
        let desc = wgpu::BufferDescriptor {
            label: Some(self.label),
            size: (u64::from(in_page) * self.element).next_multiple_of(COPY_BUFFER_ALIGNMENT),
            usage: self.usage | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        };
        let buffer = gpu.allocate(|device| device.create_buffer(&desc))?;
        let free = if in_page > room { vec![(room, in_page - room)] } else { Vec::new() };
        let page = Page { buffer, free, n: in_page };
        self.revision += 1;
        let hole = self.list.iter().position(Option::is_none).unwrap_or(self.list.len());
        if hole == self.list.len() {
            self.list.push(Some(page));
        } else if let Some(p) = self.list.get_mut(hole) {
            *p = Some(page);
        }
        Ok(Slot { page: u32::try_from(hole).map_err(|_too_many| TOO_LARGE)?, first: 0, n })
    }

    /// Gives a slot back; a page without slots is freed.
    pub(crate) fn give_back(&mut self, slot: Slot) {
        if slot.n == 0 {
            return;
        }
        let Some(place) = self.list.get_mut(slot.page as usize) else { return };
        let Some(page) = place else { return };
        give(&mut page.free, slot.first, slot.n.next_multiple_of(self.step));
        if page.free == [(0, page.n)] {
            *place = None;
            self.revision += 1;
        }
    }

    /// Writes a slot's elements with the next submission.
    pub(crate) fn write(&self, queue: &wgpu::Queue, slot: Slot, bytes: &[u8]) {
        let Some(page) = self.page(slot.page) else { return };
        if slot.n == 0 {
            return;
        }
        let at = u64::from(slot.first) * self.element;
        let short = bytes.len() % usize::try_from(COPY_BUFFER_ALIGNMENT).unwrap_or(4);
        if short == 0 {
            queue.write_buffer(page, at, bytes);
        } else {
            let mut padded = bytes.to_vec();
            padded.resize(bytes.len() + 4 - short, 0);
            queue.write_buffer(page, at, &padded);
        }
    }

    /// A page's buffer.
    pub(crate) fn page(&self, page: u32) -> Option<&wgpu::Buffer> {
        self.list.get(page as usize)?.as_ref().map(|p| &p.buffer)
    }

    /// The bytes of a slot; `None` if it is empty.
    pub(crate) fn slice(&self, slot: Slot) -> Option<wgpu::BufferSlice<'_>> {
        if slot.n == 0 {
            return None;
        }
        let at = u64::from(slot.first) * self.element;
        let end = at + u64::from(slot.n.next_multiple_of(self.step)) * self.element;
        Some(self.page(slot.page)?.slice(at..end))
    }

    /// Every page's place and buffer.
    pub(crate) fn all(&self) -> impl Iterator<Item = Option<&wgpu::Buffer>> {
        self.list.iter().map(|p| p.as_ref().map(|p| &p.buffer))
    }

    /// Size of a slot, bytes.
    pub(crate) fn slot_bytes(&self, slot: Slot) -> u64 {
        u64::from(slot.n.next_multiple_of(self.step)) * self.element
    }

    /// All buffers together, bytes.
    pub(crate) fn allocated_bytes(&self) -> u64 {
        self.all().flatten().map(wgpu::Buffer::size).sum()
    }
}

/// Takes the first gap that is large enough.
fn take_first(free: &mut Vec<(u32, u32)>, n: u32) -> Option<u32> {
    let at = free.iter().position(|f| f.1 >= n)?;
    let gap = free.get_mut(at)?;
    let first = gap.0;
    *gap = (gap.0 + n, gap.1 - n);
    if gap.1 == 0 {
        free.remove(at);
    }
    Some(first)
}

/// Gives a range back, joined with gaps that touch it.
fn give(free: &mut Vec<(u32, u32)>, first: u32, n: u32) {
    let at = free.partition_point(|f| f.0 < first);
    free.insert(at, (first, n));
    let mut joined: Vec<(u32, u32)> = Vec::with_capacity(free.len());
    for &(first, n) in free.iter() {
        match joined.last_mut() {
            Some(last) if last.0 + last.1 == first => last.1 += n,
            _ => joined.push((first, n)),
        }
    }
    *free = joined;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_back_in_any_order_becomes_one_gap_again() {
        let mut free = vec![(0, 100)];
        let slots: Vec<_> = (0..10).map(|_| take_first(&mut free, 10).unwrap()).collect();
        assert_eq!(take_first(&mut free, 1), None);
        for i in [3, 7, 4, 0, 9, 1, 2, 8, 5, 6] {
            give(&mut free, slots[i], 10);
        }
        assert_eq!(free, [(0, 100)]);
    }

    #[test]
    fn a_gap_is_taken_where_it_first_fits_and_slots_never_overlap() {
        let mut free = vec![(0, 1000)];
        let mut taken: Vec<(u32, u32)> = Vec::new();
        let mut seed = 7_u32;
        for _ in 0..2000 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let n = 1 + (seed >> 24) % 60;
            if seed & 0x100 == 0 && !taken.is_empty() {
                let (first, n) = taken.swap_remove((seed >> 9) as usize % taken.len());
                give(&mut free, first, n);
            } else if let Some(first) = take_first(&mut free, n) {
                assert!(taken.iter().all(|t| first + n <= t.0 || t.0 + t.1 <= first), "{first} {n}");
                taken.push((first, n));
            }
            let sum = free.iter().chain(&taken).map(|f| f.1).sum::<u32>();
            assert_eq!(sum, 1000);
        }
    }
}
