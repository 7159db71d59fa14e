//! How much of each cell of a grid lies inside a polygon: exact areas, not samples.

/// Shares of the cells of a grid, row by row, 0 to 1: how much of each lies inside the polygons.
///
/// `rings`: in cells, x to the right and y down from the grid's corner; closed or not. Outer rings and holes run in
/// opposite directions; outer rings of several polygons in the same one. Rings may reach beyond the grid.
pub(crate) fn coverage(rings: &[Vec<[f64; 2]>], [w, h]: [usize; 2]) -> Vec<f64> {
    // What an edge adds to the cells at its right, as the change from cell to cell of a row.
    let mut change = vec![0.0; (w + 1) * h];
    for ring in rings {
        let next = ring.iter().cycle().skip(1);
        for (a, b) in ring.iter().zip(next) {
            add_edge(*a, *b, [w, h], &mut change);
        }
    }
    let mut shares = Vec::with_capacity(w * h);
    for row in change.chunks_exact(w + 1) {
        let mut sum = 0.0;
        for c in row.iter().take(w) {
            sum += c;
            shares.push(f64::abs(sum).min(1.0));
        }
    }
    shares
}

fn add_edge(a: [f64; 2], b: [f64; 2], [w, h]: [usize; 2], change: &mut [f64]) {
    let (sign, [x0, y0], [x1, y1]) = if a[1] < b[1] { (1.0, a, b) } else { (-1.0, b, a) };
    let (top, bottom) = (y0.max(0.0), y1.min(h as f64));
    if top >= bottom {
        return;
    }
    let x_at = |y: f64| x0 + (x1 - x0) * ((y - y0) / (y1 - y0));
    let mut y = top;
    while y < bottom {
        let row = crate::raster::to_i64(y.floor());
        let below = (y.floor() + 1.0).min(bottom);
        let row_at = usize::try_from(row).unwrap_or(0) * (w + 1);
        if let Some(cells) = change.get_mut(row_at..row_at + w + 1) {
            add_in_row(sign * (below - y), x_at(y), x_at(below), cells);
        }
        y = below;
    }
}

/// A piece of an edge within one row: `height` of it, signed, from `xa` to `xb`.
fn add_in_row(height: f64, xa: f64, xb: f64, cells: &mut [f64]) {
    let last = cells.len().saturating_sub(1);
    let (lo, hi) = (xa.min(xb), xa.max(xb));
    let mut add = |column: usize, v: f64| {
        if let Some(c) = cells.get_mut(column) {
            *c += v;
        }
    };
    let share = |from: f64, to: f64| if hi > lo { (to - from) / (hi - lo) * height } else { height };
    // What lies left of the grid covers all of its first cell; what lies right of it covers none.
    if lo < 0.0 {
        add(0, share(lo, hi.min(0.0)));
    }
    let (mut x, end) = (lo.max(0.0), hi.min(last as f64));
    if hi <= lo && lo >= 0.0 && x < last as f64 {
        let column = usize::try_from(crate::raster::to_i64(x)).unwrap_or(0);
        let within = x - x.floor();
        add(column, height * (1.0 - within));
        add(column + 1, height * within);
        return;
    }
    while x < end {
        let column = usize::try_from(crate::raster::to_i64(x)).unwrap_or(0);
        let to = (x.floor() + 1.0).min(end);
        let part = share(x, to);
        let middle = f64::midpoint(x, to) - x.floor();
        add(column, part * (1.0 - middle));
        add(column + 1, part * middle);
        x = to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x0: f64, y0: f64, x1: f64, y1: f64) -> Vec<[f64; 2]> {
        vec![[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]
    }

    #[test]
    fn a_cell_that_is_cut_has_the_share_that_lies_inside() {
        let shares = coverage(&[square(0.25, 0.5, 2.0, 2.0)], [3, 2]);
        assert_eq!(shares, [0.375, 0.5, 0.0, 0.75, 1.0, 0.0]);
    }

    #[test]
    fn a_hole_is_left_out_and_what_lies_beyond_the_grid_does_not_matter() {
        let hole: Vec<_> = square(1.0, 1.0, 2.0, 2.0).into_iter().rev().collect();
        let shares = coverage(&[square(-5.0, -7.0, 30.0, 9.0), hole], [4, 3]);
        let expected: Vec<f64> = (0..12).map(|i| if i == 5 { 0.0 } else { 1.0 }).collect();
        assert_eq!(shares, expected);
        let right = coverage(&[square(9.0, 0.0, 12.0, 3.0)], [4, 3]);
        assert!(right.iter().all(|v| *v == 0.0));
    }

    #[test]
    fn shares_of_any_triangle_sum_to_its_area() {
        for n in 0..200_u32 {
            let v = |k: u32| f64::from((n * 7919 + k * 104_729) % 1000) / 1000.0 * 20.0;
            let [a, b, c] = [[v(1), v(2)], [v(3), v(4)], [v(5), v(6)]];
            let area = ((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])).abs() / 2.0;
            let sum: f64 = coverage(&[vec![a, b, c]], [20, 20]).iter().sum();
            assert!((sum - area).abs() < 1e-9, "{a:?} {b:?} {c:?}: {sum} for {area}");
        }
    }
}
