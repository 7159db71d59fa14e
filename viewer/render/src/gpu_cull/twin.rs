//! `shaders/cull.wgsl` on the processor, to test it by: the same inputs, the same draws.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "as the shader counts; tests stop at the first thing that is wrong"
)]

use glam::{Vec3, Vec4};

use super::rows::NONE;
use super::{CULLS_FACES, CULLS_HIDDEN, ClusterRow, CullView, DrawRow, Job, Unit};
use crate::cull::nearness;

/// As in the shader.
const GROWTH_M: f32 = 0.002;
const GROWTH: f32 = 0.000_001;
const RIM_PX: f32 = 1.0;
const DEPTH_SLACK: f32 = 1.0001;

/// The depth's pyramid: levels of texels, row by row, and their sizes.
pub(crate) struct Levels(pub Vec<([usize; 2], Vec<f32>)>);

impl Levels {
    /// `shaders/pyramid_base.wgsl` and `shaders/pyramid.wgsl`. `depth`: row by row.
    pub(crate) fn of(depth: &[f32], size: [usize; 2]) -> Self {
        let mut levels = vec![(size, depth.to_vec())];
        let mut next = size.map(|s| s.div_ceil(2).next_power_of_two());
        loop {
            let (finer, texels) = levels.last().unwrap();
            let at = |x: usize, y: usize| texels[y.min(finer[1] - 1) * finer[0] + x.min(finer[0] - 1)];
            let texel = |i: usize| {
                let (x, y) = (i % next[0] * 2, i / next[0] * 2);
                at(x, y).min(at(x + 1, y)).min(at(x, y + 1)).min(at(x + 1, y + 1))
            };
            let own = (0..next[0] * next[1]).map(texel).collect();
            levels.push((next, own));
            if next == [1, 1] {
                levels.remove(0);
                return Self(levels);
            }
            next = next.map(|s| (s / 2).max(1));
        }
    }

    fn at(&self, level: usize, [x, y]: [u32; 2]) -> f32 {
        let ([w, _], texels) = &self.0[level];
        texels[y as usize * w + x as usize]
    }
}

fn looks_away(u: &Unit, low: Vec3, high: Vec3) -> bool {
    if u.sin_spread > 1.0 {
        return false;
    }
    let axis = Vec3::from_array(u.axis);
    let least = Vec3::select(axis.cmpge(Vec3::ZERO), low, high).dot(axis);
    if u.sin_spread <= 0.0 {
        return least > 0.0;
    }
    least > low.abs().max(high.abs()).length() * u.sin_spread
}

fn is_in_sight(view: &CullView, levels: Option<&Levels>, low: Vec3, high: Vec3) -> bool {
    let extent = view.extent.map(|e| e as f32);
    let corners = (0..8_u32).map(|i| {
        let pick = |bit: u32, a: f32, b: f32| if i >> bit & 1 == 0 { a } else { b };
        let p = Vec3::new(pick(0, low.x, high.x), pick(1, low.y, high.y), pick(2, low.z, high.z));
        view.target_from_eye * p.extend(1.0)
    });
    let corners: Vec<Vec4> = corners.collect();
    let all = |f: &dyn Fn(&Vec4) -> bool| corners.iter().all(f);
    let out = all(&|c| c.x < -RIM_PX * c.w)
        || all(&|c| c.x > (extent[0] + RIM_PX) * c.w)
        || all(&|c| c.y < -RIM_PX * c.w)
        || all(&|c| c.y > (extent[1] + RIM_PX) * c.w);
    if out || all(&|c| c.w <= 0.0) {
        return false;
    }
    let Some(levels) = levels.filter(|_| all(&|c| c.w > c.z)) else { return true };
    let nearest = corners.iter().map(|c| c.z / c.w).fold(0.0, f32::max);
    let px = |k: usize| corners.iter().map(move |c| c[k] / c.w);
    let cell =
        |v: f32, k: usize| (v.floor().clamp(-1e6, 1e6) as i32).clamp(0, view.extent[k] as i32 - 1) as u32;
    let a = [0, 1].map(|k| cell(px(k).fold(f32::MAX, f32::min) - RIM_PX, k));
    let b = [0, 1].map(|k| cell(px(k).fold(f32::MIN, f32::max) + RIM_PX, k));
    let wide = |l: usize| (0..2).any(|k| (b[k] >> (l + 1)) - (a[k] >> (l + 1)) > 1);
    let level = (0..levels.0.len()).find(|&l| !wide(l)).unwrap_or(levels.0.len() - 1);
    let (p, q) = (a.map(|v| v >> (level + 1)), b.map(|v| v >> (level + 1)));
    let farthest = [p, [q[0], p[1]], [p[0], q[1]], q].into_iter().map(|t| levels.at(level, t));
    nearest * DEPTH_SLACK >= farthest.fold(1.0, f32::min)
}

fn is_drawn(view: &CullView, levels: Option<&Levels>, job: &Job, u: &Unit) -> bool {
    let offset = Vec3::from_array(job.offset);
    let (low, high) = (offset + Vec3::from_array(u.low), offset + Vec3::from_array(u.high));
    if u.n_indices == 0 || job.flags & CULLS_FACES != 0 && looks_away(u, low, high) {
        return false;
    }
    let growth = Vec3::splat(GROWTH_M + GROWTH * low.abs().max(high.abs()).max_element());
    is_in_sight(view, levels.filter(|_| job.flags & CULLS_HIDDEN != 0), low - growth, high + growth)
}

/// Draws of a tile, list by list as they lie in its part of the frame's draws: place and arguments.
pub(crate) fn draws(
    view: &CullView,
    levels: Option<&Levels>,
    (job, units, clusters): (&Job, &[Unit], &[ClusterRow]),
) -> Vec<(u32, DrawRow)> {
    let drawn: Vec<bool> = units.iter().map(|u| is_drawn(view, levels, job, u)).collect();
    let span = |c: &ClusterRow| c.span.map(|s| [s as u16 as i16, (s >> 16) as u16 as i16]);
    let mut order: Vec<_> = (0..clusters.len()).collect();
    order.sort_by_key(|&i| (nearness(&span(&clusters[i]), job.eye), i));
    let mut next: std::collections::BTreeMap<u32, u32> = std::collections::BTreeMap::new();
    let mut out = Vec::new();
    for c in order.into_iter().map(|i| &clusters[i]) {
        let opaque = (c.first_unit..c.first_unit + c.n_units).map(|u| (u, c.list_first));
        for (unit, list) in opaque.chain([(c.glass_unit, c.glass_first), (c.edge_unit, c.edge_first)]) {
            if unit == NONE || !drawn[unit as usize] {
                continue;
            }
            let u = &units[unit as usize];
            let place = next.entry(list).or_default();
            out.push((
                list + *place,
                DrawRow {
                    n_indices: u.n_indices,
                    n_instances: u.n_instances,
                    first_index: u.first_index,
                    base_vertex: u.base_vertex,
                    first_instance: u.first_instance,
                },
            ));
            *place += 1;
        }
    }
    out.sort_unstable();
    out
}

mod tests {
    use glam::DVec3;
    use lantu_base::WorldPoint;
    use wgpu::BufferUsages as Use;

    use super::super::{Culler, N_SUMS, Plan, Pyramid, Rows, buffer, job, read_back, rows_of};
    use super::*;
    use crate::camera::Camera;
    use crate::cull::span_of;
    use crate::gpu::Gpu;
    use crate::layouts::Layouts;
    use crate::meshes::{ClusterResident, Cull, FaceGroup, Faces, Look, MeshPages};
    use crate::parts::Window;
    use crate::targets::{DEPTH_FORMAT, target};

    const SIZE: [u32; 2] = [150, 83];

    struct Random(u32);

    impl Random {
        fn unit(&mut self) -> f32 {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.0 >> 8) as f32 / 16_777_216.0
        }

        fn below(&mut self, n: u32) -> u32 {
            (self.unit() * n as f32) as u32
        }

        fn point(&mut self, reach: f32) -> Vec3 {
            Vec3::new(self.unit() - 0.5, self.unit() - 0.5, self.unit() - 0.5) * 2.0 * reach
        }
    }

    fn cluster(r: &mut Random, first: u32) -> ClusterResident {
        let min = r.point(60.0);
        let max = min + (r.point(4.0)).abs();
        let n_groups = 1 + r.below(4);
        let group = |i: u32, r: &mut Random| {
            let a = min.lerp(max, r.unit());
            FaceGroup {
                first: i * 30,
                n: 30 * r.below(5).min(1),
                facing: (r.below(3) > 0).then(|| (r.point(1.0).normalize_or(Vec3::X), r.unit() * 0.4)),
                min: a,
                max: a.max(max),
            }
        };
        let groups = (0..n_groups).map(|i| group(i, r)).collect();
        let look = Look {
            cull: if r.below(2) == 0 { Cull::Back } else { Cull::None },
            faces: if r.below(2) == 0 { Faces::Flat } else { Faces::Smooth },
        };
        ClusterResident {
            first_vertex: first * 7,
            first_index: first * 1000,
            n_opaque: n_groups * 30,
            n_transparent: r.below(3) * 3,
            n_edges: r.below(2) * 2,
            first_instance: first,
            n_instances: r.below(3),
            look,
            groups,
            min,
            max,
            span: span_of(min, max),
        }
    }

    /// A depth texture with these values.
    fn depth_of(gpu: &Gpu, values: &[f32]) -> wgpu::TextureView {
        let texture = target(&gpu.device, "depth", SIZE, DEPTH_FORMAT, 1);
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let stored = buffer(&gpu.device, "values", size_of_val(values) as u64, Use::STORAGE | Use::COPY_DST);
        gpu.queue.write_buffer(&stored, 0, bytemuck::cast_slice(values));
        let text = "@group(0) @binding(0) var<storage, read> values: array<f32>;
            @vertex fn vs(@builtin(vertex_index) i: u32) -> @builtin(position) vec4<f32> {
                return vec4<f32>(f32(i & 1u) * 4.0 - 1.0, f32(i >> 1u) * 4.0 - 1.0, 0.0, 1.0);
            }
            @fragment fn fs(@builtin(position) p: vec4<f32>) -> @builtin(frag_depth) f32 {
                return values[u32(p.y) * 150u + u32(p.x)];
            }";
        let module = gpu.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: None,
            source: wgpu::ShaderSource::Wgsl(text.into()),
        });
        let pipeline = gpu.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: None,
            layout: None,
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: None,
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: &[],
            },
            primitive: wgpu::PrimitiveState::default(),
            depth_stencil: Some(wgpu::DepthStencilState {
                format: DEPTH_FORMAT,
                depth_write_enabled: Some(true),
                depth_compare: Some(wgpu::CompareFunction::Always),
                stencil: wgpu::StencilState::default(),
                bias: wgpu::DepthBiasState::default(),
            }),
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: &module,
                entry_point: None,
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                targets: &[],
            }),
            multiview_mask: None,
            cache: None,
        });
        let group = crate::layouts::bind_group(
            &gpu.device,
            "values",
            &pipeline.get_bind_group_layout(0),
            &[stored.as_entire_binding()],
        );
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                depth_stencil_attachment: Some(crate::draw::depth_attachment(&view, 0.0, true)),
                ..Default::default()
            });
            pass.set_pipeline(&pipeline);
            pass.set_bind_group(0, &group, &[]);
            pass.draw(0..3, 0..1);
        }
        gpu.queue.submit([encoder.finish()]);
        view
    }

    fn compare(gpu: &Gpu, layouts: &Layouts, seed: u32) -> (usize, usize) {
        let mut r = Random(seed);
        let mut culler = Culler::new(gpu, layouts, 1).unwrap();
        let mut pages = MeshPages::new(true);
        // Blocks of walls at several distances, and nothing between them.
        let mut depths = vec![0.0; (SIZE[0] * SIZE[1]) as usize];
        for _ in 0..12 {
            let (x, y, near) = (r.below(120), r.below(60), 0.1 / (20.0 + 100.0 * r.unit()));
            for i in 0..40 * 30 {
                let at = ((y + i / 40).min(SIZE[1] - 1) * SIZE[0] + (x + i % 40).min(SIZE[0] - 1)) as usize;
                depths[at] = near;
            }
        }
        let depth = depth_of(gpu, &depths);
        let pyramid = Pyramid::new((&gpu.device, layouts), SIZE, &depth);
        let levels = Levels::of(&depths, SIZE.map(|s| s as usize));
        assert_eq!(levels.0.len() as u32, pyramid.n_levels);
        let origin = DVec3::new(455_000.0, 4_428_000.0, 40.0);
        let eye = origin + r.point(90.0).as_dvec3();
        let camera = Camera::looking(WorldPoint(eye), WorldPoint(origin));
        let view = CullView::new(&camera, &Window::whole(SIZE), pyramid.n_levels);
        let mut plan = Plan { hides: true, ..Plan::default() };
        let mut tiles: Vec<(Job, Rows)> = Vec::new();
        for t in 0..6 {
            let n = r.below(70);
            let clusters: Vec<_> = (0..n).map(|i| cluster(&mut r, t * 100 + i)).collect();
            let rows = rows_of(&clusters);
            if rows.units.is_empty() {
                continue;
            }
            let units = pages.units.take(gpu, rows.units.len()).unwrap();
            let slots = pages.rows.take(gpu, rows.clusters.len()).unwrap();
            pages.units.write(&gpu.queue, units, bytemuck::cast_slice(&rows.units));
            pages.rows.write(&gpu.queue, slots, bytemuck::cast_slice(&rows.clusters));
            let job = Job {
                flags: r.below(4),
                first_unit: units.first,
                n_units: units.n,
                first_cluster: slots.first,
                n_clusters: slots.n,
                first_draw: plan.n_draws,
                first_count: N_SUMS + plan.n_counts,
                first_note: plan.n_notes,
                ..job(origin + r.point(20.0).as_dvec3() - eye)
            };
            plan.batches.entry((units.page, slots.page)).or_default().push(job);
            plan.n_draws += units.n;
            plan.n_counts += rows.lists.len() as u32;
            plan.n_notes += units.n + slots.n;
            tiles.push((job, rows));
        }
        culler.prepare((gpu, layouts), &pages, &plan, (&view, Some(&pyramid)));
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.clear_buffer(&culler.draws, 0, None);
        encoder.clear_buffer(&culler.counts, 0, None);
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            culler.build(&mut pass, &pyramid);
            culler.decide(&mut pass, false);
        }
        gpu.queue.submit([encoder.finish()]);
        let written = read_back(gpu, &culler.draws, u64::from(plan.n_draws) * 20).unwrap();
        let written: &[DrawRow] = bytemuck::cast_slice(&written);
        let (mut n_drawn, mut n_all) = (0, 0);
        for (job, rows) in &tiles {
            let expected = draws(&view, Some(&levels), (job, &rows.units, &rows.clusters));
            let own = &written[job.first_draw as usize..(job.first_draw + job.n_units) as usize];
            let found = (0_u32..).zip(own).filter(|(_, d)| d.n_indices > 0).map(|(i, d)| (i, *d));
            assert_eq!(found.collect::<Vec<_>>(), expected, "seed {seed}");
            n_drawn += expected.len();
            n_all += rows.units.len();
        }
        let sums = culler.counts(gpu).unwrap();
        assert_eq!((sums.n_tested as usize, sums.n_drawn as usize), (n_all, n_drawn));
        gpu.check().unwrap();
        (n_drawn, n_all)
    }

    #[test]
    fn the_shader_and_its_twin_choose_the_same_draws_in_the_same_order() {
        let gpu = Gpu::headless().unwrap();
        let layouts = Layouts::new(&gpu.device, 1);
        let (mut n_drawn, mut n_all) = (0, 0);
        for seed in 0..40 {
            let (drawn, all) = compare(&gpu, &layouts, seed * 7919 + 1);
            n_drawn += drawn;
            n_all += all;
        }
        assert!(n_drawn > 500 && n_drawn * 2 < n_all, "{n_drawn} of {n_all}");
    }
}
