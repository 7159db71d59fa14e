//! Tools in use, as the app would show them.

use lantu_ui::*;

/// Colored by material: twelve values, the rest, and none.
pub(crate) fn by_material() -> ColoringNow {
    let names = [
        "C30 混凝土",
        "C40 混凝土",
        "HRB400 钢筋",
        "岩棉",
        "玻璃",
        "铝合金",
        "砌块",
        "木材",
        "防水卷材",
        "花岗岩",
        "涂料",
        "PVC",
    ];
    let mut rows: Vec<CategoryRow> = names
        .iter()
        .enumerate()
        .map(|(ix, name)| CategoryRow {
            label: Some((*name).to_owned()),
            other: false,
            color: palette::category_color(ix),
            n: 3_000 / (ix as u64 + 1),
        })
        .collect();
    rows.push(CategoryRow { label: None, other: true, color: palette::OTHER, n: 212 });
    rows.push(CategoryRow { label: None, other: false, color: palette::NO_VALUE, n: 4_962 });
    ColoringNow { by: ColorBy::Material, numeric: false, scale: ColorScale::Categories(rows), only: None }
}

/// Colored by depth of pipes.
pub(crate) fn by_depth() -> ColoringNow {
    ColoringNow {
        by: ColorBy::Property { set: "管线".to_owned(), name: "埋深".to_owned() },
        numeric: true,
        scale: ColorScale::Range(RangeModel {
            shown: (0.6, 4.2),
            all: (0.3, 6.8),
            unit: "m".to_owned(),
            decimals: 2,
            steps: vec![12, 84, 213, 380, 412, 300, 220, 140, 96, 51, 20, 8],
            n_without: 10_731,
        }),
        only: None,
    }
}

/// A length that is being measured along a wall, a finished area, and a snap to an edge.
pub(crate) fn measuring() -> MeasureModel {
    MeasureModel {
        active: Some(MeasureKind::Distance),
        live: Some((
            format::Measure::Length(23.417),
            vec![
                (MeasurePart::Horizontal, format::Measure::Length(22.9)),
                (MeasurePart::Vertical, format::Measure::Length(4.895)),
            ],
        )),
        n_points: 2,
        shapes: vec![
            MeasureShape {
                points: vec![[560.0, 300.0], [760.0, 300.0], [760.0, 420.0], [660.0, 380.0], [560.0, 420.0]],
                closed: true,
                live: false,
                labels: vec![([660.0, 345.0], format::Measure::Area(412.56))],
            },
            MeasureShape {
                points: vec![[560.0, 480.0], [700.0, 440.0], [800.0, 460.0]],
                closed: false,
                live: true,
                labels: vec![([640.0, 470.0], format::Measure::Length(23.417))],
            },
        ],
        snap: Some(SnapModel { kind: SnapKind::Edge, at: [800.0, 460.0] }),
        rows: vec![
            MeasureRow {
                id: 7,
                kind: MeasureKind::Area,
                value: format::Measure::Area(412.56),
                parts: vec![(MeasurePart::Perimeter, format::Measure::Length(86.4))],
            },
            MeasureRow {
                id: 9,
                kind: MeasureKind::Angle,
                value: format::Measure::Angle(1.04),
                parts: Vec::new(),
            },
        ],
    }
}

/// A folder with something to import.
pub(crate) fn chooser(purpose: ChooserPurpose) -> ChooserModel {
    let entry = |name: &str, folder, bytes, fits| ChooserEntry {
        name: name.to_owned(),
        folder,
        bytes,
        changed: "2026-07-12 09:31".to_owned(),
        fits,
    };
    let pair = |name: &str, path: &str| (name.to_owned(), path.to_owned());
    ChooserModel {
        purpose,
        folder: "/data/模型".to_owned(),
        trail: vec![pair("/", "/"), pair("data", "/data"), pair("模型", "/data/模型")],
        places: vec![pair("Home", "/home/projects"), pair("模型", "/data/模型"), pair("USB", "/media/usb")],
        entries: vec![
            entry("分包", true, 0, true),
            entry("building.ifc", false, 48_300_000, true),
            entry("bridge.ifc", false, 12_700_000, true),
            entry("notes.docx", false, 31_000, false),
        ]
        .into(),
        completions: Vec::new(),
        problem: String::new(),
        loading: false,
        crs_choices: vec![pair("EPSG:4548", "CGCS2000 / 3-degree Gauss-Kruger CM 117E")],
        suggestion: "district.lantu".to_owned(),
    }
}

/// What an import had to say.
pub(crate) fn report() -> ReportModel {
    let row = |severity, text: &str, place: &str, row| ReportRow {
        severity,
        text: text.to_owned(),
        place: place.to_owned(),
        row,
    };
    ReportModel {
        title: "bridge.ifc".to_owned(),
        counts: [1, 2, 0],
        rows: vec![
            row(
                lantu_base::Severity::Error,
                "The shape of a beam is not closed and was left out.",
                "#853",
                Some(14),
            ),
            row(lantu_base::Severity::Warning, "A curve was approximated within 1 mm.", "#1 204", Some(15)),
            row(lantu_base::Severity::Warning, "An unknown property type was kept as text.", "#77", None),
        ]
        .into(),
    }
}
