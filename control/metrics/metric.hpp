#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "control/metrics/prometheus.hpp"

// How metrics are written in Prometheus' text format.
namespace poise::control {

using Labels = std::vector<std::pair<std::string, std::string>>;

// Metric - one name with its help and samples.
class Metric {
 public:
  Metric(std::string& text, std::string name, const char* type, const char* help)
      : text_(text), name_(std::move(name)) {
    text_ += "# HELP " + name_ + " " + help + "\n# TYPE " + name_ + " " + type + "\n";
  }
  Metric& sample(const Labels& labels, const std::string& value) {
    text_ += name_;
    for (std::size_t i = 0; i < labels.size(); ++i)
      text_ += (i == 0 ? "{" : ",") + labels[i].first + "=\"" + escape_label(labels[i].second) + "\"";
    text_ += (labels.empty() ? " " : "} ") + value + "\n";
    return *this;
  }
  Metric& sample(const Labels& labels, const nlohmann::json& value) {
    return sample(labels, value.is_boolean() ? std::string(value.get<bool>() ? "1" : "0")
                          : value.is_null()  ? std::string("0")
                                             : value.dump());
  }

 private:
  std::string& text_;
  std::string name_;
};

// A row of a table: the member of the view's objects that becomes a metric.
struct Column {
  const char* member;
  const char* name;
  const char* type;
  const char* help;
};

inline void append_columns(std::string& text, const nlohmann::json& list, const char* label, const char* key,
                           const std::vector<Column>& columns) {
  for (const Column& column : columns) {
    Metric metric(text, column.name, column.type, column.help);
    for (const nlohmann::json& row : list)
      if (row.contains(column.member))
        metric.sample({{label, row[key].is_string() ? row[key].get<std::string>() : row[key].dump()}},
                      row[column.member]);
  }
}

}  // namespace poise::control
