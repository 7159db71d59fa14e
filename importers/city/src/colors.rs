//! Colors of surfaces by their meaning, and of objects by their type. Chosen: calm, apart in lightness as well as in hue.

/// Surfaces that stand for no material: what closes a building where it has no wall.
pub(crate) const CLOSURE: &str = "ClosureSurface";

/// sRGB and alpha of a surface; `None` where its meaning has no color of its own.
pub(crate) fn of_meaning(meaning: &str) -> Option<[u8; 4]> {
    Some(match meaning.trim_start_matches('+') {
        "RoofSurface" => [0xB5, 0x58, 0x45, 0xFF],
        "WallSurface" => [0xDD, 0xD3, 0xC2, 0xFF],
        "GroundSurface" | "OuterFloorSurface" => [0x8A, 0x84, 0x7C, 0xFF],
        "OuterCeilingSurface" | "CeilingSurface" => [0xC8, 0xC4, 0xBC, 0xFF],
        "FloorSurface" => [0xA9, 0x9C, 0x88, 0xFF],
        "InteriorWallSurface" => [0xE8, 0xE4, 0xDC, 0xFF],
        "Window" | "WindowSurface" => [0x7F, 0xA6, 0xC4, 0xFF],
        "Door" | "DoorSurface" => [0x7A, 0x5A, 0x42, 0xFF],
        "WaterSurface" | "WaterGroundSurface" | "WaterClosureSurface" => [0x6C, 0x9C, 0xC0, 0xFF],
        "TrafficArea" => [0x80, 0x83, 0x88, 0xFF],
        "AuxiliaryTrafficArea" | "TransportationHole" | "TransportationMarking" => [0xA4, 0xA8, 0x94, 0xFF],
        _ => return None,
    })
}

/// sRGB and alpha of an object's surfaces of which nothing more is said.
pub(crate) fn of_class(class: &str) -> [u8; 4] {
    match class.trim_start_matches('+') {
        "Building" | "BuildingPart" | "BuildingUnit" | "BuildingStorey" | "BuildingRoom" => {
            [0xD2, 0xC4, 0xB0, 0xFF]
        }
        "Bridge" | "BridgePart" | "Tunnel" | "TunnelPart" => [0xB0, 0xAE, 0xA8, 0xFF],
        "Road" | "TransportSquare" | "Railway" => [0x80, 0x83, 0x88, 0xFF],
        "WaterBody" | "Waterway" => [0x6C, 0x9C, 0xC0, 0xFF],
        "PlantCover" | "SolitaryVegetationObject" => [0x7B, 0x97, 0x62, 0xFF],
        "LandUse" | "TINRelief" => [0xA4, 0xA8, 0x86, 0xFF],
        _ => [0xB8, 0xB4, 0xBC, 0xFF],
    }
}
