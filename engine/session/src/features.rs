//! Features of a source as they were read, in pages: what draped tiles, outlines and places are made of.

use lantu_ingest::FeatureRecord;
use lantu_tiles::PackHash;
use lantu_tiles::io::PackStore;

use crate::SessionError;
use crate::packs::{read_value, write_value};

/// Writes features page by page. Holds one.
pub(crate) struct FeaturesWriter<'s> {
    store: &'s dyn PackStore,
    pages: Vec<PackHash>,
}

impl<'s> FeaturesWriter<'s> {
    pub(crate) fn new(store: &'s dyn PackStore) -> Self {
        Self { store, pages: Vec::new() }
    }

    pub(crate) fn push(&mut self, page: &[FeatureRecord]) -> Result<(), SessionError> {
        if !page.is_empty() {
            self.pages.push(write_value(self.store, &page)?);
        }
        Ok(())
    }

    /// Names the directory; `None` where nothing came.
    pub(crate) fn finish(self) -> Result<Option<PackHash>, SessionError> {
        if self.pages.is_empty() { Ok(None) } else { write_value(self.store, &self.pages).map(Some) }
    }
}

/// The pages that a directory names.
pub(crate) fn feature_pages(
    store: &dyn PackStore,
    directory: PackHash,
) -> Result<Vec<PackHash>, SessionError> {
    read_value(store, directory)
}

/// Features page by page, in the order in which they came.
pub(crate) fn read_features(
    store: &dyn PackStore,
    directory: PackHash,
) -> Result<impl Iterator<Item = Result<Vec<FeatureRecord>, SessionError>> + '_, SessionError> {
    Ok(feature_pages(store, directory)?.into_iter().map(|page| read_value(store, page)))
}
