//! Projected CRS by the words that the registry calls them by, such as `ETRS89 / UTM zone 32N`.
//!
//! PROJ finds names by itself; GDAL before 3.7 hands it none. Families whose codes follow their zones are counted out,
//! and what comes of it has to bear the name that was asked for.

use crate::crs::Crs;

/// Code of zone 0 of the UTM zones of a datum, north and south.
const UTM: &[(&str, u32, u32)] = &[
    ("wgs84", 32600, 32700),
    ("etrs89", 25800, 0),
    ("igm95", 3032, 0),
    ("ed50", 23000, 0),
    ("nad83", 26900, 0),
    ("nad27", 26700, 0),
    ("wgs72", 32200, 32300),
    ("sirgas2000", 31954, 31960),
    ("gda94", 0, 28300),
];

/// Families by the words before the number of a zone: the code of zone 0 and how far zones lie apart.
const ZONES: &[(&str, &str, u32, u32)] = &[
    ("cgcs2000", "3-degreegauss-krugerzone", 4488, 1),
    ("cgcs2000", "3-degreegauss-krugercm", 4509, 3),
    ("cgcs2000", "gauss-krugerzone", 4478, 1),
    ("dhdn", "3-degreegauss-krugerzone", 31464, 1),
    ("gda94", "mgazone", 28300, 1),
    ("gda2020", "mgazone", 7800, 1),
    ("etrs89", "gk", 3854, 1),
    ("rgf93", "cc", 3900, 1),
];

/// Single ones.
const ONES: &[(&str, &str, u32)] = &[
    ("rgf93", "lambert-93", 2154),
    ("amersfoort", "rdnew", 28992),
    ("osgb36", "britishnationalgrid", 27700),
    ("ch1903+", "lv95", 2056),
    ("ch1903", "lv03", 21781),
    ("etrs89", "tm35fin(e,n)", 3067),
    ("etrs89", "laeaeurope", 3035),
    ("nad83", "conusalbers", 5070),
];

/// The CRS that the registry calls so; `None` if it is none of those known here.
pub(crate) fn in_words(name: &str) -> Option<Crs> {
    let plain = |t: &str| t.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    let (datum, projection) = name.split_once('/').map(|(d, p)| (plain(d), plain(p)))?;
    let code = code(&datum, &projection)?;
    let crs = Crs::parse(&format!("EPSG:{code}")).ok()?;
    // A realization ("RGF93 v1") may follow the datum.
    let (own_datum, own_projection) = crs.name().split_once('/').map(|(d, p)| (plain(d), plain(p)))?;
    (own_projection == projection && own_datum.starts_with(&datum)).then_some(crs)
}

fn code(datum: &str, projection: &str) -> Option<u32> {
    if let Some(one) = ONES.iter().find(|o| o.0 == datum && o.1 == projection) {
        return Some(one.2);
    }
    let number = |t: &str| {
        let digits: String = t.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u32>().ok().filter(|n| *n < 200)
    };
    if let Some(zone) = projection.strip_prefix("utmzone") {
        let (_, north, south) = UTM.iter().find(|u| u.0 == datum)?;
        return Some(if zone.ends_with('s') { south } else { north } + number(zone)?);
    }
    ZONES.iter().filter(|z| z.0 == datum).find_map(|(_, words, base, apart)| {
        let zone = number(projection.strip_prefix(words)?)?;
        Some(base + zone / apart)
    })
}
