//! The light of a place at an instant.

use lantu_base::{TimeZoneName, UtcNanos, WorldPoint, sun_position};
use lantu_geodesy::EarthPlace;
use lantu_render::Sun;
use lantu_session::Session;

/// Spans of the clock up to this follow the hour, days. A longer time line cannot be set to an hour by hand, and shadows
/// would jump about while it plays.
const HOURLY_DAYS: f64 = 7.0;
/// Local hour of the light on long time lines. Chosen: shadows are short enough to see what lies in them, and tell north.
const WORKING_HOUR: &str = "10:00";

/// The instant that lights the scene: the clock's, or on a long time line the working hour of the clock's day.
pub(crate) fn light_time(
    time: UtcNanos,
    span: Option<(UtcNanos, UtcNanos)>,
    zone: &TimeZoneName,
) -> UtcNanos {
    let long = span.is_some_and(|(a, b)| b.seconds_since(a) > HOURLY_DAYS * 86_400.0);
    if long { working_hour(time, zone) } else { time }
}

/// The instant that lights a picture of a stated time: its sun, or where only a day was stated, that of its working hour.
pub(crate) fn stated_light(text: &str, time: UtcNanos, zone: &TimeZoneName) -> UtcNanos {
    if text.contains(':') { time } else { working_hour(time, zone) }
}

fn working_hour(time: UtcNanos, zone: &TimeZoneName) -> UtcNanos {
    UtcNanos::parse(&format!("{}T{WORKING_HOUR}", time.local_date(zone)), zone).unwrap_or(time)
}

/// The light of a project's place at an instant.
pub(crate) fn of(session: &Session, time: Option<UtcNanos>) -> Sun {
    let b = session.district();
    let middle = if b.is_empty() { WorldPoint::default() } else { WorldPoint(b.center()) };
    sun(lantu_geodesy::place_of(session.frame(), middle).ok(), time)
}

/// The sun over a place. Where place or time are unknown, an afternoon's.
pub(crate) fn sun(place: Option<EarthPlace>, time: Option<UtcNanos>) -> Sun {
    let Some((place, time)) = place.zip(time) else { return Sun::default() };
    let sun = sun_position(time, place.latitude_deg, place.longitude_deg);
    // From true north to the grid's.
    Sun::at(sun.azimuth_deg + place.true_north_deg, sun.elevation_deg)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: EarthPlace =
        EarthPlace { latitude_deg: 39.99, longitude_deg: 116.48, true_north_deg: 0.334 };

    fn at(text: &str) -> glam::DVec3 {
        let zone = TimeZoneName::new("Asia/Shanghai").unwrap();
        sun(Some(PLACE), UtcNanos::parse(text, &zone).ok()).direction
    }

    #[test]
    fn the_light_follows_the_clock() {
        let (morning, noon, evening) =
            (at("2026-06-21 08:00"), at("2026-06-21 12:16"), at("2026-06-21 17:00"));
        assert!(morning.x > 0.5 && evening.x < -0.5, "from the east, then from the west");
        assert!(noon.y < 0.0 && noon.z > 0.9 && noon.x.abs() < 0.05, "high in the south: {noon}");
    }

    #[test]
    fn on_a_long_time_line_the_light_keeps_its_hour_and_follows_the_season() {
        let zone = TimeZoneName::new("Asia/Shanghai").unwrap();
        let t = |text: &str| UtcNanos::parse(text, &zone).unwrap();
        let year = Some((t("2026-01-01"), t("2027-01-01")));
        assert_eq!(light_time(t("2026-06-21 23:10"), year, &zone), t("2026-06-21 10:00"));
        assert_eq!(light_time(t("2026-12-21 03:00"), year, &zone), t("2026-12-21 10:00"));
        let day = Some((t("2026-06-21"), t("2026-06-22")));
        assert_eq!(light_time(t("2026-06-21 23:10"), day, &zone), t("2026-06-21 23:10"));
        assert_eq!(light_time(t("2026-06-21 23:10"), None, &zone), t("2026-06-21 23:10"));
    }

    #[test]
    fn a_picture_of_a_day_without_an_hour_is_lit_by_day() {
        let zone = TimeZoneName::new("Asia/Shanghai").unwrap();
        let t = |text: &str| UtcNanos::parse(text, &zone).unwrap();
        assert_eq!(stated_light("2026-06-21", t("2026-06-21"), &zone), t("2026-06-21 10:00"));
        assert_eq!(stated_light("2026-06-21T23:10", t("2026-06-21 23:10"), &zone), t("2026-06-21 23:10"));
    }

    #[test]
    fn at_night_light_comes_from_above_and_without_a_clock_it_is_afternoon() {
        assert_eq!(at("2026-06-21 01:00"), glam::DVec3::Z);
        assert_eq!(sun(None, None), Sun::default());
        let dusk = at("2026-06-21 19:50");
        assert!(dusk.z > 0.1 && dusk.x < -0.5, "{dusk}");
    }
}
