// Sections: what lies before a plane is cut away, and what closed shapes show of their inside is a cap on the cut.

// Whether there are planes. A constant, because software rasterizers run every branch.
override SECTION: bool = false;
// Which side of triangles is the inside of a closed shape: 0 neither, 1 their backs, 2 their fronts (mirrored).
override INSIDE: u32 = 0u;

fn is_inside(front: bool) -> bool {
    return SECTION && (INSIDE == 1u && !front || INSIDE == 2u && front);
}

fn cut_away(p_eye: vec3<f32>) -> bool {
    if !SECTION {
        return false;
    }
    var over = -1.0;
    for (var i = 0u; i < u32(frame.look.w); i++) {
        over = max(over, dot(frame.section[i].xyz, p_eye) - frame.section[i].w);
    }
    return over > 0.0;
}

// Where the ray from the eye enters what remains: xyz the plane's normal, w the factor on the ray; 0 if it starts there.
fn entry_of(ray: vec3<f32>) -> vec4<f32> {
    var entry = vec4<f32>(0.0);
    for (var i = 0u; i < u32(frame.look.w); i++) {
        let plane = frame.section[i];
        let along = dot(plane.xyz, ray);
        let t = plane.w / min(along, -1e-9);
        if plane.w < 0.0 && along < 0.0 && t > entry.w {
            entry = vec4<f32>(plane.xyz, t);
        }
    }
    return entry;
}
