//! All products as one CSV file in Mercer's own dialect; importing it again changes nothing.

use std::collections::HashMap;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::import::cells::{join_list, join_places};
use super::import::mercer::{ATTRIBUTE, COLUMNS};
use crate::app::App;
use crate::db::{self, Conn};
use crate::domain::catalogue::{Attribute, CategoryTree, OptionAxis};
use crate::domain::draft::{OPTIONS_MAX, ProductDraft, VariantDraft};
use crate::domain::money::Currency;
use crate::error::{Error, Result};

/// What ids stand for in the file.
struct Names {
    currency: Currency,
    attributes: Vec<Attribute>,
    brands: HashMap<String, String>,
    types: HashMap<String, String>,
    tree: CategoryTree,
    /// Hashes by media id.
    media: HashMap<String, String>,
}

/// Writes every product, drafts too, to `out`; gives their number.
pub async fn export_csv(app: &App, out: impl std::io::Write) -> Result<usize> {
    let mut conn = app.db.read().await?;
    let names = Names::load(app, &mut conn).await?;
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(header(&names)).map_err(Error::internal)?;
    let ids = db::products::rows::list_product_ids(&mut conn).await?;
    for id in &ids {
        // One that was deleted meanwhile is simply not there.
        let Some(draft) = db::products::rows::find_draft(&mut conn, id).await? else { continue };
        let related = db::products::rows::list_slugs_of_ids(&mut conn, &draft.related).await?;
        for row in rows(&names, &draft, &related)? {
            writer.write_record(row).map_err(Error::internal)?;
        }
    }
    writer.flush().map_err(Error::internal)?;
    Ok(ids.len())
}

impl Names {
    async fn load(app: &App, conn: &mut Conn) -> Result<Names> {
        let code = app.settings().currency.clone();
        let currency =
            Currency::parse(&code).ok_or_else(|| Error::Conflict(format!("currency {code:?} is unknown")))?;
        let brands = db::brands::list_brands(conn).await?;
        let types = db::attributes::list_types(conn).await?;
        let media = db::media::list_media(conn).await?;
        Ok(Names {
            currency,
            attributes: db::attributes::list_attributes(conn).await?,
            brands: brands.into_iter().map(|b| (b.brand_id, b.name)).collect(),
            types: types.into_iter().map(|t| (t.type_id, t.name)).collect(),
            tree: db::categories::list_categories(conn).await?,
            media: media.into_iter().map(|m| (m.id, m.hash)).collect(),
        })
    }

    fn picture(&self, media_id: &str) -> String {
        self.media.get(media_id).map(|hash| format!("media:{hash}")).unwrap_or_default()
    }
}

fn header(names: &Names) -> Vec<String> {
    let declared = names.attributes.iter().map(|a| {
        let facet = if a.facet { "facet" } else { "" };
        format!("{ATTRIBUTE}{}:{}:{}:{facet}:{}", a.key, a.kind.as_str(), a.unit, a.name)
    });
    COLUMNS.iter().map(|c| (*c).to_owned()).chain(declared).collect()
}

/// A row per variant; what belongs to the product stands in the first.
fn rows(names: &Names, draft: &ProductDraft, related: &[String]) -> Result<Vec<Vec<String>>> {
    let product = product_cells(names, draft, related)?;
    let mut rows = Vec::new();
    for (position, variant) in draft.variants.iter().enumerate() {
        let own = variant_cells(names, variant);
        let cell = |column: &str| match column {
            "handle" => draft.slug.clone(),
            _ => match own.get(column) {
                Some(cell) => cell.clone(),
                None if position == 0 => product.get(column).cloned().unwrap_or_default(),
                None => String::new(),
            },
        };
        let mut row: Vec<String> = COLUMNS.iter().map(|column| cell(column)).collect();
        for attribute in &names.attributes {
            let values = draft.attributes.iter().find(|a| a.key == attribute.key).filter(|_| position == 0);
            row.push(values.map(|a| join_list(&a.values)).unwrap_or_default());
        }
        rows.push(row);
    }
    Ok(rows)
}

fn product_cells(names: &Names, draft: &ProductDraft, related: &[String]) -> Result<HashMap<String, String>> {
    let name = |map: &HashMap<String, String>, id: &Option<String>| {
        id.as_ref().and_then(|id| map.get(id)).cloned().unwrap_or_default()
    };
    let place = |id: &String| names.tree.path(id).iter().map(|c| c.name.clone()).collect::<Vec<_>>();
    let published_at = match draft.published_at {
        Some(ms) => OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000)
            .map_err(Error::internal)?
            .format(&Rfc3339)
            .map_err(Error::internal)?,
        None => String::new(),
    };
    let pictures: Vec<String> = draft.pictures.iter().map(|p| names.picture(&p.media_id)).collect();
    let alts: Vec<&str> = draft.pictures.iter().map(|p| p.alt.as_str()).collect();
    let mut cells: HashMap<String, String> = [
        ("title", draft.title.clone()),
        ("summary", draft.summary.clone()),
        ("description", draft.description.clone()),
        ("box", join_list(&draft.box_contents)),
        ("brand", name(&names.brands, &draft.brand_id)),
        ("type", name(&names.types, &draft.type_id)),
        ("tax_class", draft.tax_class.clone()),
        ("published", draft.published.to_string()),
        ("published_at", published_at),
        ("popularity", draft.popularity.to_string()),
        ("categories", join_places(&draft.categories.iter().map(place).collect::<Vec<_>>())),
        ("related", join_list(related)),
        ("pictures", join_list(&pictures)),
        ("picture_alts", join_list(&alts)),
    ]
    .into_iter()
    .map(|(column, cell)| (column.to_owned(), cell))
    .collect();
    for (number, option) in (1..=OPTIONS_MAX).zip(&draft.options) {
        cells.insert(format!("option{number}_name"), option.name.clone());
        cells.insert(format!("option{number}_values"), choices(option));
    }
    Ok(cells)
}

/// "Black=#000000|Cream".
fn choices(option: &OptionAxis) -> String {
    let choice = |c: &crate::domain::catalogue::Choice| match &c.swatch {
        Some(swatch) => format!("{}={swatch}", c.value),
        None => c.value.clone(),
    };
    join_list(&option.choices.iter().map(choice).collect::<Vec<_>>())
}

fn variant_cells(names: &Names, variant: &VariantDraft) -> HashMap<String, String> {
    let money = |minor: i64| names.currency.decimal(minor);
    let mut cells: HashMap<String, String> = [
        ("sku", variant.sku.clone()),
        ("price", money(variant.price_minor)),
        ("compare_at", variant.compare_at_minor.map(money).unwrap_or_default()),
        ("weight_g", variant.weight_g.to_string()),
        ("barcode", variant.barcode.clone()),
        ("stock", variant.stock.map(|n| n.to_string()).unwrap_or_default()),
        ("variant_picture", variant.media_id.as_deref().map(|id| names.picture(id)).unwrap_or_default()),
    ]
    .into_iter()
    .map(|(column, cell)| (column.to_owned(), cell))
    .collect();
    for (number, value) in (1..=OPTIONS_MAX).zip(&variant.options) {
        cells.insert(format!("option{number}_value"), value.clone());
    }
    cells
}
