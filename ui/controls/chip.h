// A rounded button that names a thing: picture, name, and in small type what it is.
#pragma once

#include <QAbstractButton>
#include <QImage>

namespace perceiver::ui {

class Chip final : public QAbstractButton {
    Q_OBJECT
  public:
    explicit Chip(QWidget* parent = nullptr);

    void setPicture(const QImage&);  ///< null: none
    /// `brief`: what it cannot do without, where there is no room for the name; without one the name's middle gives
    /// way.
    void setName(const QString&, const QString& brief = {});
    void setDetail(const QStringList& longestFirst);  ///< the longest that fits is shown
    void setArrow(bool on) { arrow_ = on; }
    const QString& name() const { return name_; }
    QString detail() const { return details_.value(0); }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

  protected:
    void paintEvent(QPaintEvent*) override;

  private:
    QImage picture_;
    qint64 pictureFrom_ = 0;  ///< what it was cut from
    QString name_, brief_;
    QStringList details_;
    bool arrow_ = false;
};

}  // namespace perceiver::ui
