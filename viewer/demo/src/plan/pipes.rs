//! Buried pipes along the streets.

use glam::DVec2;

use super::{ABUTMENTS, Plan};
use crate::shape::Axis;

/// A buried pipe or duct.
#[derive(Clone, Debug)]
pub(crate) struct Pipe {
    pub(crate) axis: Axis,
    pub(crate) kind: &'static str,
    pub(crate) material: &'static str,
    pub(crate) diameter_mm: i32,
    /// Ground to crown; `None` where the survey has no depth.
    pub(crate) depth_m: Option<f64>,
    pub(crate) year: i32,
    pub(crate) owner: &'static str,
}

/// Kind, material, diameter, depth to crown and owner.
type Sort = (&'static str, &'static str, i32, f64, &'static str);

const GAS: Sort = ("gas", "PE100", 200, 1.15, "城北燃气公司");
const WATER: Sort = ("water", "球墨铸铁", 300, 1.25, "市自来水公司");
const SEWER: Sort = ("sewer", "钢筋混凝土", 800, 2.6, "市排水管理处");
const HEAT: Sort = ("heat", "预制保温钢管", 250, 1.4, "热力集团");
const POWER: Sort = ("power", "MPP管", 175, 0.9, "供电公司");
const TELECOM: Sort = ("telecom", "PVC-U管", 110, 0.8, "通信公司");

pub(super) fn lay(plan: &mut Plan) {
    let w = ABUTMENTS.0;
    let mut lay = |sort: Sort, year: i32, points: &[(f64, f64)]| {
        let (kind, material, diameter_mm, depth, owner) = sort;
        plan.pipes.push(Pipe {
            axis: Axis::of(points),
            kind,
            material,
            diameter_mm,
            depth_m: Some(depth),
            year,
            owner,
        });
    };
    // The main street.
    lay(GAS, 2009, &[(-420.0, -9.6), (-268.0, -9.6), (-72.0, -9.6), (98.0, -9.6)]);
    lay(WATER, 2004, &[(-420.0, 9.6), (-72.0, 9.6), (100.0, 9.6)]);
    lay(SEWER, 1998, &[(-420.0, -3.2), (-262.0, -3.2), (-72.0, -3.2), (103.0, -3.2)]);
    lay(HEAT, 2012, &[(-420.0, 6.0), (-72.0, 6.0), (96.0, 6.0)]);
    lay(POWER, 2015, &[(-420.0, -11.2), (-72.0, -11.2), (97.0, -11.2)]);
    lay(TELECOM, 2016, &[(-420.0, 11.0), (-72.0, 11.0), (96.0, 11.0)]);
    // The streets across it.
    for (x, year) in [(-72.0, 2006), (-262.0, 2001)] {
        lay(GAS, year, &[(x - 5.5, -290.0), (x - 5.5, 262.0)]);
        lay(WATER, year + 1, &[(x + 5.4, -290.0), (x + 5.4, 262.0)]);
        lay(SEWER, year - 6, &[(x, -290.0), (x, 262.0)]);
        lay(POWER, year + 9, &[(x + 6.6, -290.0), (x + 6.6, 262.0)]);
    }
    for (y, year) in [(122.0, 2011), (-128.0, 2003)] {
        lay(WATER, year, &[(-262.0, y + 4.6), (94.0, y + 4.6)]);
        lay(SEWER, year, &[(-262.0, y), (96.0, y)]);
        lay(POWER, year + 3, &[(-262.0, y - 4.7), (94.0, y - 4.7)]);
        lay(GAS, year + 2, &[(-262.0, y + 5.6), (94.0, y + 5.6)]);
    }
    lay(SEWER, 2013, &[(103.5, 250.0), (104.0, 122.0), (104.0, -3.2), (105.0, -128.0), (110.0, -200.0)]);
    lay(WATER, 2013, &[(99.5, 122.0), (99.5, 60.0), (99.8, 9.6)]);
    // Into the blocks: 0.8 m north of the building's pit, and to the houses.
    lay(
        (HEAT.0, HEAT.1, 200, 1.3, HEAT.4),
        2012,
        &[(-72.0, 75.38), (-40.0, 75.38), (18.0, 75.38), (18.0, 122.0)],
    );
    lay((WATER.0, "PE", 110, 1.0, WATER.4), 2026, &[(-66.6, 30.0), (-56.0, 30.0), (-56.0, 80.0)]);
    for x in [-232.0, -192.0, -146.0, -104.0] {
        lay((GAS.0, GAS.1, 90, 0.9, GAS.4), 2010, &[(x, 117.0), (x, 20.0)]);
        lay((SEWER.0, "HDPE双壁波纹管", 300, 1.6, SEWER.4), 2010, &[(x + 3.0, 122.0), (x + 3.0, 20.0)]);
    }
    for x in [-40.0, 32.0, 70.0] {
        lay((GAS.0, GAS.1, 63, 0.8, GAS.4), 2014, &[(x, -9.6), (x, -112.0)]);
        lay((WATER.0, "PE", 63, 0.9, WATER.4), 2014, &[(x + 2.0, -123.4), (x + 2.0, -30.0)]);
    }
    lay((SEWER.0, SEWER.1, 1000, 2.2, SEWER.4), 2019, &[(103.0, -3.2), (118.0, -36.0), (141.0, -44.0)]);
    // A duct towards the old ferry landing whose depth nobody recorded.
    plan.pipes.push(Pipe {
        axis: Axis::new(vec![DVec2::new(92.0, 11.0), DVec2::new(112.0, 8.5), DVec2::new(w + 3.5, 8.5)]),
        kind: TELECOM.0,
        material: "镀锌钢管",
        diameter_mm: 114,
        depth_m: None,
        year: 1987,
        owner: TELECOM.4,
    });
}
