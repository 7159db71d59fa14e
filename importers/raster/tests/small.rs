//! Small files that the tests write themselves: every pixel is known.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "functions that tests share")]

mod support;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gdal::raster::{Buffer, ColorInterpretation, GdalType};
use gdal::spatial_ref::SpatialRef;
use gdal::{Dataset, DriverManager};
use lantu_base::Diagnostic;
use lantu_geodesy::{Crs, Transform};
use lantu_ingest::{Batch, End, ImportError, ImportJob, Importer, ObjectRecord, RasterBegin, VecSink};
use lantu_raster::RasterImporter;
use support::{Tile, job};

const UTM_50N: &str = "EPSG:32650";

/// What an import sent.
#[derive(Default)]
struct Seen {
    objects: Vec<ObjectRecord>,
    begin: Option<RasterBegin>,
    tiles: Vec<Tile>,
    largest_batch: usize,
    diagnostics: Vec<Diagnostic>,
    end: Option<End>,
}

impl Seen {
    /// The pixel's four bytes; `None` in a tile that was left out.
    fn pixel(&self, level: u32, x: usize, y: usize) -> Option<[u8; 4]> {
        let place = (level, x / 256, y / 256);
        let here = |t: &&Tile| (t.coord.level, t.coord.col as usize, t.coord.row as usize) == place;
        let at = ((y % 256) * 256 + x % 256) * 4;
        Some(self.tiles.iter().find(here)?.pixels[at..at + 4].try_into().unwrap())
    }

    fn height(&self, level: u32, x: usize, y: usize) -> f32 {
        f32::from_le_bytes(self.pixel(level, x, y).unwrap())
    }

    fn codes(&self) -> Vec<String> {
        self.diagnostics.iter().map(|d| d.code.to_string()).collect()
    }
}

fn import(job: &ImportJob) -> Result<Seen, ImportError> {
    let mut sink = VecSink::default();
    RasterImporter.import(job, &mut sink)?;
    let mut seen = Seen::default();
    for batch in sink.0 {
        match batch {
            Batch::Objects(objects) => seen.objects.extend(objects),
            Batch::RasterBegin(begin) => seen.begin = Some(begin),
            Batch::RasterTiles(tiles) => {
                seen.largest_batch = seen.largest_batch.max(tiles.len());
                seen.tiles.extend(tiles.iter().map(Tile::of));
            }
            Batch::Diagnostic(d) => seen.diagnostics.push(d),
            Batch::End(end) => seen.end = Some(end),
            _ => {}
        }
    }
    Ok(seen)
}

/// The code that an import ends with.
fn code(job: &ImportJob) -> &'static str {
    match import(job) {
        Ok(_) => "ok",
        Err(ImportError::Format { code, .. }) => code,
        Err(ImportError::Cancelled(_)) => "cancelled",
        Err(_) => "other",
    }
}

/// Where a test file lies and how large it is.
struct Place {
    epsg: u32,
    geotransform: [f64; 6],
    size: [usize; 2],
}

impl Place {
    fn utm(gsd: f64, size: [usize; 2]) -> Self {
        Self { epsg: 32650, geotransform: [500_000.0, gsd, 0.0, 4_400_000.0, 0.0, -gsd], size }
    }

    /// Writes a GeoTIFF whose value in band (from 1), column and row is known.
    fn write<T: GdalType + Copy>(
        &self,
        path: &Path,
        bands: usize,
        value: impl Fn(usize, usize, usize) -> T,
    ) -> Dataset {
        let [w, h] = self.size;
        let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
        let mut file = driver.create_with_band_type::<T, _>(path, w, h, bands).unwrap();
        file.set_geo_transform(&self.geotransform).unwrap();
        file.set_spatial_ref(&SpatialRef::from_epsg(self.epsg).unwrap()).unwrap();
        for b in 1..=bands {
            let values = (0..w * h).map(|i| value(b, i % w, i / w)).collect();
            let mut band = file.rasterband(b).unwrap();
            band.write((0, 0), (w, h), &mut Buffer::new((w, h), values)).unwrap();
            if bands == 3 {
                band.set_color_interpretation(match b {
                    1 => ColorInterpretation::RedBand,
                    2 => ColorInterpretation::GreenBand,
                    _ => ColorInterpretation::BlueBand,
                })
                .unwrap();
            }
        }
        file
    }
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.tif");
    (folder, file)
}

fn pattern(band: usize, x: usize, y: usize) -> u8 {
    u8::try_from((x * 3 + y * 5 + band * 40) % 256).unwrap()
}

#[test]
fn pixels_in_the_project_crs_arrive_unchanged_and_coarser_levels_are_their_means() {
    let (_folder, path) = folder();
    drop(Place::utm(0.5, [301, 270]).write(&path, 3, pattern));
    let seen = import(&job(&path, Some(UTM_50N))).unwrap();
    let grid = seen.begin.as_ref().unwrap().grid.clone();
    assert_eq!((grid.west_north, grid.gsd_m, grid.size_px), ([500_000.0, 4_400_000.0], 0.5, [301, 270]));
    for (x, y) in (0..270).flat_map(|y| (0..301).map(move |x| (x, y))) {
        let [r, g, b] = [1, 2, 3].map(|band| pattern(band, x, y));
        assert_eq!(seen.pixel(0, x, y), Some([r, g, b, 255]), "column {x}, row {y}");
    }
    assert_eq!((seen.pixel(0, 301, 0).unwrap()[3], seen.pixel(0, 0, 270).unwrap()[3]), (0, 0));
    for (x, y) in (0..135).flat_map(|y| (0..150).map(move |x| (x, y))) {
        let coarse = seen.pixel(1, x, y).unwrap();
        for (channel, value) in coarse.into_iter().enumerate().take(3) {
            let fine = [(0, 0), (1, 0), (0, 1), (1, 1)]
                .map(|(i, j)| f64::from(seen.pixel(0, 2 * x + i, 2 * y + j).unwrap()[channel]));
            let mean = fine.iter().sum::<f64>() / 4.0;
            assert!((f64::from(value) - mean).abs() <= 0.51, "column {x}, row {y}");
        }
    }
    assert!(seen.largest_batch <= 32);
    let counts = seen.end.unwrap().counts;
    assert_eq!((counts.read, counts.kept, counts.dropped), (1, 1, 0));
}

#[test]
fn an_odd_last_column_or_row_does_not_fade() {
    let (_folder, path) = folder();
    drop(Place::utm(1.0, [515, 517]).write(&path, 3, |_, _, _| 200_u8));
    let seen = import(&job(&path, Some(UTM_50N))).unwrap();
    let grid = seen.begin.as_ref().unwrap().grid.clone();
    assert_eq!(grid.n_levels, 3);
    for level in 1..grid.n_levels {
        let [w, h] = grid.size_at(level).map(|n| n as usize);
        for (x, y) in [(w - 1, 0), (0, h - 1), (w - 1, h - 1)] {
            assert_eq!(seen.pixel(level, x, y), Some([200, 200, 200, 255]), "level {level}, {x}, {y}");
        }
    }
}

#[test]
fn bands_are_shown_as_the_colors_that_they_say() {
    let (_folder, path) = folder();
    let file = Place::utm(1.0, [20, 20]).write(&path, 5, |band, _, _| [30_u8, 20, 10, 99, 255][band - 1]);
    let said = [
        ColorInterpretation::BlueBand,
        ColorInterpretation::GreenBand,
        ColorInterpretation::RedBand,
        ColorInterpretation::Undefined,
        ColorInterpretation::AlphaBand,
    ];
    for (b, color) in (1..).zip(said) {
        file.rasterband(b).unwrap().set_color_interpretation(color).unwrap();
    }
    drop(file);
    assert_eq!(import(&job(&path, Some(UTM_50N))).unwrap().pixel(0, 3, 3), Some([10, 20, 30, 255]));
}

#[test]
fn a_pixel_is_missing_only_where_all_bands_have_nodata() {
    let (_folder, path) = folder();
    let value = |band, x, _| match (band, x) {
        (_, 0..300) | (1, 400) => 0_u8,
        _ => 90,
    };
    let file = Place::utm(1.0, [600, 300]).write(&path, 3, value);
    for b in 1..=3 {
        file.rasterband(b).unwrap().set_no_data_value(Some(0.0)).unwrap();
    }
    drop(file);
    let seen = import(&job(&path, Some(UTM_50N))).unwrap();
    assert_eq!(seen.pixel(0, 10, 10), None, "a tile without data is left out");
    assert_eq!(seen.pixel(0, 299, 10).unwrap()[3], 0);
    assert_eq!(seen.pixel(0, 300, 10), Some([90, 90, 90, 255]));
    assert_eq!(seen.pixel(0, 400, 10), Some([0, 90, 90, 255]));
}

fn slope(_band: usize, x: usize, y: usize) -> f32 {
    if x + y == 0 { -9999.0 } else { 10.0 + f32::from(u16::try_from(x).unwrap()) * 0.1 }
}

#[test]
fn heights_keep_their_holes_and_take_the_stated_offset() {
    let (_folder, path) = folder();
    let file = Place::utm(2.0, [300, 300]).write(&path, 1, slope);
    file.rasterband(1).unwrap().set_no_data_value(Some(-9999.0)).unwrap();
    drop(file);
    let mut job = job(&path, Some(UTM_50N));
    job.height_override = Some("2.5".to_owned());
    let seen = import(&job).unwrap();
    assert!(seen.height(0, 0, 0).is_nan() && seen.height(0, 300, 0).is_nan());
    assert!((seen.height(0, 10, 3) - 13.5).abs() < 1e-4);
    assert!((seen.height(1, 5, 1) - 13.55).abs() < 1e-4);
    assert!(seen.height(1, 0, 0).is_finite(), "three of four are there");
    let [_, _, low, _, _, high] = seen.objects[0].bbox.unwrap();
    assert!((low - 12.5).abs() < 0.2 && (high - 42.4).abs() < 0.2, "{low} to {high}");
    assert_eq!(seen.objects[0].class, "elevation");
    assert!(seen.codes().contains(&"raster.height_offset".to_owned()));
    // Heights above another datum are not taken for those of the project.
    job.frame.as_mut().unwrap().height_crs = Some("EPSG:5737".to_owned());
    job.height_override = Some("EPSG:5773".to_owned());
    assert!(matches!(import(&job), Err(ImportError::Format { code: "raster.height", .. })));
    job.height_override = Some("EPSG:5737".to_owned());
    assert!((import(&job).unwrap().height(0, 10, 3) - 11.0).abs() < 1e-4);
}

#[test]
fn heights_in_feet_become_meters_and_an_unknown_unit_is_reported() {
    for (unit, meters, codes) in [("ft", 0.3048, 0), ("fathom", 1.0, 1)] {
        let (_folder, path) = folder();
        drop(Place::utm(2.0, [20, 20]).write(&path, 1, |_, _, _| 100.0_f32));
        let path = path.with_extension("vrt");
        let text = vrt("<SourceFilename relativeToVRT=\"1\">a.tif</SourceFilename>")
            .replace("\"Byte\" band=\"1\">", &format!("\"Float32\" band=\"1\"><UnitType>{unit}</UnitType>"));
        std::fs::write(&path, text).unwrap();
        let seen = import(&job(&path, Some(UTM_50N))).unwrap();
        assert!((seen.height(0, 5, 5) - 100.0 * meters).abs() < 1e-3, "{unit}");
        assert_eq!(seen.codes().iter().filter(|c| *c == "raster.unit").count(), codes, "{unit}");
    }
}

/// A white square of 4 × 4 pixels in gray must lie where the transformation says, to half a pixel.
#[test]
fn what_is_reprojected_lies_where_its_coordinates_say() {
    let degrees = 0.000_01;
    for crs in ["EPSG:32650", "EPSG:3857", "EPSG:4548"] {
        let (_folder, path) = folder();
        let place =
            Place { epsg: 4326, geotransform: [116.5, degrees, 0.0, 39.95, 0.0, -degrees], size: [400, 400] };
        let white = |x, y| (200..204).contains(&x) && (100..104).contains(&y);
        drop(place.write(&path, 3, |_, x, y| if white(x, y) { 255_u8 } else { 40 }));
        let seen = import(&job(&path, Some(crs))).unwrap();
        let grid = seen.begin.as_ref().unwrap().grid.clone();
        let (mut sum, mut weights) = ([0.0, 0.0], 0.0);
        for (x, y) in (0..grid.size_px[1]).flat_map(|y| (0..grid.size_px[0]).map(move |x| (x, y))) {
            let Some([r, _, _, a]) = seen.pixel(0, x as usize, y as usize) else { continue };
            if a > 0 && r > 60 {
                let weight = f64::from(r) - 40.0;
                sum = [sum[0] + weight * (f64::from(x) + 0.5), sum[1] + weight * (f64::from(y) + 0.5)];
                weights += weight;
            }
        }
        let [west, north] = grid.west_north;
        let found = [west + sum[0] / weights * grid.gsd_m, north - sum[1] / weights * grid.gsd_m];
        let mut expected = [[116.5 + 202.0 * degrees, 39.95 - 102.0 * degrees, 0.0]];
        let [from, to] = ["EPSG:4326", crs].map(|c| Crs::parse(c).unwrap());
        Transform::new(&from, &to).unwrap().apply(&mut expected).unwrap();
        let off_px = (found[0] - expected[0][0]).hypot(found[1] - expected[0][1]) / grid.gsd_m;
        assert!(off_px < 0.5, "{crs}: {off_px} pixels off");
    }
}

#[test]
fn what_cannot_be_placed_is_refused_with_the_reason() {
    let (folder, path) = folder();
    let place = |epsg, geotransform| Place { epsg, geotransform, size: [10, 10] };
    let corner = [500_000.0, 1.0, 0.0, 4_400_000.0, 0.0, -1.0];
    drop(place(32650, [0.0, 1.0, 0.0, 0.0, 0.0, 1.0]).write(&path, 3, |_, _, _| 9_u8));
    assert_eq!(code(&job(&path, Some(UTM_50N))), "raster.no_georeference");

    let path = folder.path().join("no_crs.tif");
    let mut file = DriverManager::get_driver_by_name("GTiff").unwrap().create(&path, 10, 10, 3).unwrap();
    file.set_geo_transform(&corner).unwrap();
    drop(file);
    assert_eq!(code(&job(&path, Some(UTM_50N))), "raster.no_crs");

    // Beijing 1954 has no accepted way to CGCS2000.
    let path = folder.path().join("beijing_1954.tif");
    drop(place(2414, corner).write(&path, 3, |_, _, _| 9_u8));
    assert_eq!(code(&job(&path, Some("EPSG:4548"))), "raster.crs_refused");

    assert_eq!(code(&job("/vsicurl/http://127.0.0.1:1/a.tif".as_ref(), None)), "raster.not_a_file");
}

#[test]
fn a_job_that_was_cancelled_before_its_start_does_nothing() {
    let job = job("/no/such/file.tif".as_ref(), Some(UTM_50N));
    job.cancel.cancel();
    assert_eq!(code(&job), "cancelled");
}

/// A server on this computer that counts who connects.
fn server() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let hits = Arc::new(AtomicUsize::new(0));
    let counter = hits.clone();
    let answer = move || {
        for mut stream in listener.incoming().flatten() {
            counter.fetch_add(1, Ordering::SeqCst);
            let mut request = [0; 512];
            let answered = stream
                .read(&mut request)
                .and_then(|_| stream.write_all(b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
            drop(answered);
        }
    };
    std::thread::Builder::new().name("test-server".to_owned()).spawn(answer).unwrap();
    (port, hits)
}

fn vrt(source: &str) -> String {
    format!(
        "<VRTDataset rasterXSize=\"20\" rasterYSize=\"20\"><SRS>{UTM_50N}</SRS>\
         <GeoTransform>500000,1,0,4400000,0,-1</GeoTransform><VRTRasterBand dataType=\"Byte\" band=\"1\">\
         <SimpleSource>{source}<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
    )
}

fn wms(port: u16) -> String {
    format!(
        "<GDAL_WMS><Service name=\"TMS\"><ServerUrl>http://127.0.0.1:{port}/${{z}}/${{x}}/${{y}}.png</ServerUrl>\
         </Service><DataWindow><UpperLeftX>0</UpperLeftX><UpperLeftY>20</UpperLeftY><LowerRightX>20</LowerRightX>\
         <LowerRightY>0</LowerRightY><TileLevel>0</TileLevel><SizeX>20</SizeX><SizeY>20</SizeY></DataWindow>\
         <Projection>{UTM_50N}</Projection><BandsCount>1</BandsCount></GDAL_WMS>"
    )
}

#[test]
fn a_virtual_raster_reads_pictures_of_its_folder_and_reaches_no_server() {
    let (port, hits) = server();
    let (folder, picture) = folder();
    drop(Place::utm(1.0, [20, 20]).write(&picture, 1, |_, _, _| 77_u8));
    std::fs::write(folder.path().join("w.xml"), wms(port)).unwrap();
    std::fs::write(folder.path().join("n.vrt"), vrt("<SourceFilename>a.tif</SourceFilename>")).unwrap();
    let path = folder.path().join("v.vrt");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let url = format!("/vsicurl/http://127.0.0.1:{port}/x.tif");

    std::fs::write(&path, vrt("<SourceFilename relativeToVRT=\"1\">a.tif</SourceFilename>")).unwrap();
    let seen = import(&job(&path, Some(UTM_50N))).unwrap();
    assert_eq!(seen.pixel(0, 3, 3), Some([77, 77, 77, 255]));

    let (w, n) = (at("w.xml"), at("n.vrt"));
    for source in [
        format!("<SourceFilename>{url}</SourceFilename>"),
        format!("<sourcefilename>{url}</sourcefilename>"),
        format!("<!--{}--><SourceFilename>{url}</SourceFilename>", " ".repeat(400)),
        format!("<SourceFilename>{}</SourceFilename>", url.replace('/', "&#47;")),
        format!("<SourceFilename>{w}</SourceFilename>"),
        format!("<SOURCEFILENAME shared=\"a>b\">{w}</SOURCEFILENAME>"),
        format!("< SourceFilename>{w}</SourceFilename>"),
        format!("<SourceFilename><![CDATA[{w}]]></SourceFilename>"),
        format!("<SourceFilename>{n}</SourceFilename>"),
        "<SourceFilename>WMTS:nowhere,layer=a</SourceFilename>".to_owned(),
    ] {
        std::fs::write(&path, vrt(&source)).unwrap();
        assert_eq!(code(&job(&path, Some(UTM_50N))), "raster.vrt_refused", "{source}");
    }
    let attribute = format!("<SimpleSource SourceFilename=\"{w}\">");
    std::fs::write(&path, vrt("").replace("<SimpleSource>", &attribute)).unwrap();
    assert_eq!(code(&job(&path, Some(UTM_50N))), "raster.vrt_refused");
    assert_eq!(hits.load(Ordering::SeqCst), 0);
}

/// GDAL opens masks and overviews beside a file with any driver that it has, and from any address.
#[test]
fn files_beside_a_raster_cannot_make_it_reach_a_server() {
    let (port, hits) = server();
    for sidecar in ["a.tif.ovr", "a.tif.msk", "a.tif.aux.xml"] {
        let (folder, path) = folder();
        drop(Place::utm(1.0, [3000, 3000]).write(&path, 1, |_, _, _| 77_u8));
        let url = format!("/vsicurl_streaming/http://127.0.0.1:{port}/x.tif");
        let aux = format!(
            "<PAMDataset><Metadata domain=\"OVERVIEWS\"><MDI key=\"OVERVIEW_FILE\">{url}</MDI></Metadata></PAMDataset>"
        );
        let text = if sidecar.ends_with("aux.xml") { aux } else { wms(port) };
        std::fs::write(folder.path().join(sidecar), text).unwrap();
        let expected = if sidecar.ends_with("aux.xml") { "raster.not_a_file" } else { "ok" };
        assert_eq!(code(&job(&path, Some(UTM_50N))), expected, "{sidecar}");
        assert_eq!(hits.load(Ordering::SeqCst), 0, "{sidecar}");
    }
}
