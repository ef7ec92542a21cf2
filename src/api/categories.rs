//! The tree of categories.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Group;
use super::problem::Problem;
use crate::app::App;
use crate::db;

/// A node of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub struct CategoryView {
    pub id: String,
    /// The category above; none at the top.
    pub parent_id: Option<String>,
    /// Names the category in addresses.
    pub slug: String,
    pub name: String,
    /// One line of help for choosing.
    pub help: String,
}

/// All categories; they are few.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub struct CategoryList {
    /// Parents before children, siblings in their order.
    pub items: Vec<CategoryView>,
}

pub struct CategoriesApi;

#[OpenApi]
impl CategoriesApi {
    /// The whole tree of categories.
    #[oai(path = "/categories", method = "get", operation_id = "list_categories", tag = "Group::Catalogue")]
    async fn list(&self, app: Data<&Arc<App>>) -> Result<Json<CategoryList>, Problem> {
        let mut conn = app.db.read().await?;
        let tree = db::categories::list_categories(&mut conn).await?;
        let items = tree.categories.into_iter().map(|c| CategoryView {
            id: c.category_id,
            parent_id: c.parent_id,
            slug: c.slug,
            name: c.name,
            help: c.help,
        });
        Ok(Json(CategoryList { items: items.collect() }))
    }
}
